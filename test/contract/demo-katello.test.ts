/** The demo's Katello replies as Katello's own controller does, and the gateway handles both in the same way. */
import { describe } from "@jest/globals";
import { holdConversation } from "../katello/conversation.ts";
import { demoKatello } from "../katello/katello.ts";
import { holdScenarios } from "../katello/scenarios.ts";

describe("the calls of the gateway", () => holdConversation(demoKatello));

describe("a gateway with the demo's Katello", () => holdScenarios(demoKatello));
