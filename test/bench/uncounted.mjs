/** Loaded before a gateway: one whose requests are not counted, to tell what counting costs. */
import { Metrics } from "../../dist/metrics/metrics.js";

Metrics.prototype.completed = () => undefined;
