// Loaded before a program: this process cannot listen on any socket.
import { Server } from 'node:net';

Server.prototype.listen = function listen() {
  process.nextTick(() => this.emit('error', new Error('no sockets here')));
  return this;
};
