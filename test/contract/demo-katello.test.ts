/** The demo's Katello replies as Katello's own controller does, and the gateway works with it alike. */
import { describe } from "@jest/globals";
import { holdConversation } from "../katello/conversation.ts";
import { demoKatello } from "../katello/katello.ts";
import { holdScenarios } from "../katello/scenarios.ts";

describe("the conversation", () => holdConversation(demoKatello));

describe("a gateway in front of it", () => holdScenarios(demoKatello));
