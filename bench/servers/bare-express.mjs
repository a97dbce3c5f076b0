// One handler of Express that answers a poll with a reading, and nothing else.
import express from 'express';

const app = express();
const reading = { messages: [], after: '0', skipped: 0 };
app.get('/messages', (_request, response) => response.json(reading));
const server = app.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
process.on('disconnect', () => process.exit());
