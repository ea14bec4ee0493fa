/**
 * Loaded before a gateway: SIGUSR2 stops its metrics from counting requests, and the next one starts that again. Two processes
 * of the same program differ by more than counting costs.
 */
import { Metrics } from "../../dist/metrics/metrics.js";

const { completed } = Metrics.prototype;
let isCounting = true;
process.on("SIGUSR2", () => {
  isCounting = !isCounting;
});
Metrics.prototype.completed = function (...details) {
  if (isCounting) completed.apply(this, details);
};
