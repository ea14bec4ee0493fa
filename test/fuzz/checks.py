"""Checks in addition to those of schemathesis."""

import re

import schemathesis

TRACE = re.compile(r"\n\s+at .+:\d+:\d+|node:internal|node_modules|\.(?:ts|js):\d+")


@schemathesis.check
def no_stack_trace(ctx, response, case):
    """No reply reveals where in the gateway an error occurred."""
    if case.operation.path not in ("/openapi.yaml",):
        assert not TRACE.search(response.text), "the answer holds a stack trace"


@schemathesis.check
def request_id(ctx, response, case):
    """Every reply of the gateway is in its log."""
    assert "x-request-id" in response.headers, "the answer has no X-Request-Id"
