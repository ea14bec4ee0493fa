/** Preloaded: a worker loses its primary when it asks for its second socket. */
import cluster from "node:cluster";
import { Server } from "node:net";

const { listen } = Server.prototype;
let calls = 0;
if (cluster.isWorker) {
  Server.prototype.listen = function listenWithoutPrimary(...args) {
    calls += 1;
    if (calls === 2) process.disconnect();
    return listen.apply(this, args);
  };
}
