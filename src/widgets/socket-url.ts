/** The WebSocket address of a path of this page's own server. */
export const socketUrl = (path: string): string => location.origin.replace(/^http/, 'ws') + path;
