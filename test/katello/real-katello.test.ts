/** The conversation and the gateway's work with Katello's own controller, by hand: see CONTRIBUTING.md. */
import { describe } from "@jest/globals";
import { holdConversation } from "./conversation.ts";
import { realKatello } from "./katello.ts";
import { holdScenarios } from "./scenarios.ts";

describe("the conversation", () => holdConversation(realKatello));

/** Where Katello was told that the gateway is. */
const port = Number(process.env.KATELLO_GATEWAY_PORT ?? "18443");
describe("a gateway in front of it", () => holdScenarios(realKatello, port));
