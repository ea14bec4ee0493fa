/** Preloaded: the primary can't start its second and its fourth worker, and its third one takes no message at first. */
import cluster from "node:cluster";

if (cluster.isPrimary) {
  let forks = 0;
  const { fork } = cluster;
  cluster.fork = (environment) => {
    forks += 1;
    cluster.setupPrimary({ cwd: forks === 2 || forks === 4 ? "/nonexistent" : process.cwd() });
    const worker = fork.call(cluster, environment);
    if (forks === 3)
      worker.once("listening", () => worker.process.emit("error", new Error("write EPIPE (planted)")));
    return worker;
  };
}
