# The official Python clients: openai and anthropic at our gateway, mcp at our mock MCP server.

import asyncio
import json
import os
import pathlib
import queue
import re
import signal
import subprocess
import tempfile
import threading
import time
import unittest

import anthropic
import mcp
import openai

interop = pathlib.Path(__file__).resolve().parent.parent
lockstep = os.environ.get("LOCKSTEP", str(interop.parent / "build" / "lockstep"))
master_key = "sk-interop"
patience = 60  # s for a process to get ready; only a broken one needs it
seed_text = "Let me ask. It says: Echo: hello Is that what you wanted?"

question = [{"role": "user", "content": "Say hello through the tool."}]
tools = [{
    "type": "mcp",
    "server_url": "litellm_proxy/mcp/everything",
    "server_label": "everything",
    "require_approval": "never",
}]
request = {"model": "claude-sonnet-4", "messages": question, "tools": tools}


class parts(unittest.TestCase):
    def start(self, arguments, wanted):
        """Starts lockstep, waits until it has said all that is wanted; gives what was found."""
        child = subprocess.Popen([lockstep, *arguments], stdout=subprocess.PIPE,
                                 stderr=subprocess.STDOUT, text=True)
        said = queue.Queue()

        def listen():
            for line in child.stdout:
                said.put(line)
            said.put(None)

        listener = threading.Thread(target=listen, daemon=True)
        listener.start()

        def end():
            child.send_signal(signal.SIGTERM)
            try:
                child.wait(5)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
            listener.join()
            child.stdout.close()

        self.addCleanup(end)
        found, heard = {}, []
        until = time.monotonic() + patience
        while len(found) < len(wanted):
            line = said.get(timeout=max(0.01, until - time.monotonic()))
            if line is None:
                self.fail(f"lockstep {arguments[0]} ended; it said:\n{''.join(heard)}")
            heard.append(line)
            for name, pattern in wanted.items():
                if match := re.search(pattern, line):
                    found[name] = match[1]
        return found

    def mocks(self, scenario):
        return self.start(["serve", str(interop / scenario)],
                          {"model": r"^anthropic (http:\S+)", "server": r"^everything (http:\S+)"}
                          if "everything over" in (interop / scenario).read_text()
                          else {"model": r"^anthropic (http:\S+)"})

    def gateway(self, scenario):
        at = self.mocks(scenario)
        folder = tempfile.TemporaryDirectory(prefix="lockstep-interop-")
        self.addCleanup(folder.cleanup)
        config = pathlib.Path(folder.name) / "gateway.yaml"
        # JSON is YAML.
        config.write_text(json.dumps({
            "model_list": [{
                "model_name": "claude-sonnet-4",
                "litellm_params": {"model": "anthropic/claude-sonnet-4-20250514",
                                   "api_base": at["model"], "api_key": "sk-provider"},
            }],
            "mcp_servers": {"everything": {"transport": "http", "url": at["server"]}}
            if "server" in at else {},
            "general_settings": {"master_key": master_key},
        }))
        found = self.start(["proxy", "--config", str(config), "--listen", "127.0.0.1:0"],
                           {"url": r"listening on (http:\S+)"})
        return found["url"]

    def assert_seed(self, pieces):
        """All of the seed's text, and its pieces at the provider's pace: 150 ms apart."""
        self.assertEqual("".join(text for _, text in pieces), seed_text)
        gaps = [later - earlier for (earlier, _), (later, _) in zip(pieces, pieces[1:])]
        self.assertGreater(sum(gap > 0.05 for gap in gaps), len(gaps) / 2, gaps)


class openai_client(parts):
    def client(self, scenario, key=master_key):
        made = openai.OpenAI(base_url=self.gateway(scenario) + "/v1", api_key=key, max_retries=0,
                             timeout=30)
        self.addCleanup(made.close)
        return made

    def test_streams_with_a_tool_in_the_middle(self):
        pieces, ends = [], []
        for chunk in self.client("seed.scenario").chat.completions.create(**request, stream=True):
            for choice in chunk.choices:
                self.assertIsNone(choice.delta.tool_calls)
                if choice.delta.content:
                    pieces.append((time.monotonic(), choice.delta.content))
                if choice.finish_reason:
                    ends.append(choice.finish_reason)
        self.assert_seed(pieces)
        self.assertEqual(ends, ["stop"])

    def test_gets_a_whole_answer(self):
        answer = self.client("seed.scenario").chat.completions.create(**request)
        self.assertEqual(answer.choices[0].message.content, seed_text)
        self.assertEqual(answer.choices[0].finish_reason, "stop")

    def test_raises_an_error_inside_of_a_stream(self):
        heard = ""
        asked = {"model": request["model"], "messages": question}
        stream = self.client("python/error.scenario").chat.completions.create(**asked, stream=True)
        with self.assertRaises(openai.APIError) as raised:
            for chunk in stream:
                heard += chunk.choices[0].delta.content or ""
        self.assertEqual(heard, "Well, ")
        self.assertIn("Overloaded", str(raised.exception))

    def test_raises_what_the_status_says(self):
        client = self.client("python/error.scenario")
        with self.assertRaises(openai.NotFoundError):
            client.chat.completions.create(model="nobody", messages=question)
        with self.assertRaises(openai.AuthenticationError):
            client.with_options(api_key="sk-wrong").models.list()
        self.assertEqual([model.id for model in client.models.list()], ["claude-sonnet-4"])

    def test_leaves_in_the_middle_and_is_served_again(self):
        client = self.client("abort.scenario")
        with client.chat.completions.create(**request, stream=True) as stream:
            for chunk in stream:
                if chunk.choices and chunk.choices[0].delta.content:
                    break  # 600 s before the provider would say the rest
        answer = client.chat.completions.create(**request)
        self.assertEqual(answer.choices[0].message.content, "It says: Echo: hello")


class anthropic_client(parts):
    asked = {**request, "max_tokens": 1000}

    def client(self, scenario):
        made = anthropic.Anthropic(base_url=self.gateway(scenario), api_key=master_key,
                                   max_retries=0, timeout=30)
        self.addCleanup(made.close)
        return made

    # Its own types know no tool of this kind; the gateway does.
    def test_streams_with_a_tool_in_the_middle(self):
        pieces = []
        with self.client("seed.scenario").messages.stream(**self.asked) as stream:
            for text in stream.text_stream:
                pieces.append((time.monotonic(), text))
            message = stream.get_final_message()
        self.assert_seed(pieces)
        self.assertEqual(message.stop_reason, "end_turn")

    def test_raises_an_error_inside_of_a_stream(self):
        heard = ""
        asked = {"model": request["model"], "messages": question, "max_tokens": 1000}
        with self.assertRaises(anthropic.APIError) as raised:
            with self.client("python/error.scenario").messages.stream(**asked) as stream:
                for text in stream.text_stream:
                    heard += text
        self.assertEqual(heard, "Well, ")
        self.assertIn("Overloaded", str(raised.exception))

    def test_leaves_in_the_middle_and_is_served_again(self):
        client = self.client("abort.scenario")
        with client.messages.stream(**self.asked) as stream:
            for _ in stream.text_stream:
                break
        message = client.messages.create(**self.asked)
        said = "".join(block.text for block in message.content if block.type == "text")
        self.assertEqual(said, "It says: Echo: hello")


class mcp_client(parts):
    async def use(self, server):
        async with mcp.Client(server, read_timeout_seconds=30) as client:
            listed = await client.list_tools()
            self.assertEqual([tool.name for tool in listed.tools], ["echo"])
            for _ in range(2):
                result = await client.call_tool("echo", {"message": "hello"})
                self.assertFalse(result.is_error)
                self.assertEqual([block.text for block in result.content], ["Echo: hello"])

    def test_calls_a_tool_over_streamable_http(self):
        asyncio.run(self.use(self.mocks("seed.scenario")["server"]))

    def test_calls_a_tool_over_stdio(self):
        program = mcp.StdioServerParameters(
            command=lockstep,
            args=["serve", str(interop / "seed.scenario"), "--stdio", "everything"])
        with open(os.devnull, "w") as nowhere:  # it prints its trace
            asyncio.run(self.use(mcp.stdio_client(program, errlog=nowhere)))


if __name__ == "__main__":
    unittest.main(verbosity=2)
