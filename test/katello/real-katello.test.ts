/** The conversation and the gateway's scenarios with Katello's own controller, run by hand: see CONTRIBUTING.md. */
import { describe } from "@jest/globals";
import { holdConversation } from "./conversation.ts";
import { realKatello } from "./katello.ts";
import { holdScenarios } from "./scenarios.ts";

describe("the replies of Katello", () => holdConversation(realKatello));

/** The gateway's port in Katello's configuration. */
const port = Number(process.env.KATELLO_GATEWAY_PORT ?? "18443");
describe("a gateway in front of Katello", () => holdScenarios(realKatello, port));
