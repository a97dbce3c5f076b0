// A page in a sandbox has no origin: the browser sends "Origin: null", as for any page that is not ours.
const query = new URLSearchParams(location.search);
const url = `${location.protocol.replace('http', 'ws')}//${location.host}/live/websocket/room/${query.get('room')}/?as=${query.get('as')}`;
document.querySelector('#asked').textContent = `new WebSocket("${url.split('?')[0]}")`;

const socket = new WebSocket(url);
socket.onopen = () => socket.close(1000);
socket.onclose = ({ code, wasClean }) => {
  document.querySelector('#came').textContent = `close: ${code}, wasClean: ${wasClean}`;
  parent.postMessage({ code }, '*');
};
