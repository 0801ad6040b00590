#!/usr/bin/env python3
"""Guards the house style over the whole tree: sizes, layers, registries, links.

Usage: tidy_test.py [unittest arguments]. Needs nothing but Python. One test for each rule; a second
class shows that each rule finds what it is there to find.
"""

import functools
import os
import re
import subprocess
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

COLUMNS = 100
FUNCTION_LINES = 70
FILE_LINES_SOFT = 400
FILE_LINES_HARD = 600
TEST_FILE_LINES_HARD = 800

CODE_FOLDERS = ("domain", "eventstore", "projections", "services", "cli", "tests", "bench")
BANNED_IN_HEADERS = ("regex", "iostream", "ranges")

# What a folder must never include, each with the reason to tell. The longest folder that fits
# decides.
OURS = r"(domain|eventstore|projections|services|cli|tests|bench)/"
GRPC = r"(grpc|grpcpp|grpc\+\+)/|.*\.grpc\.pb\.h$"
ROCKSDB = r"rocksdb/"
REQUESTS = r"daybook/.*_service\.pb\.h$"
LAYERS = {
    "domain/base": [
        (r"(?!domain/base/)" + OURS, "base stands below everything of ours"),
        (r"daybook/(?!type/|rpc/v1/error)", "base knows value types and errors only"),
        (GRPC, "no gRPC in base"), (ROCKSDB, "no RocksDB in base"),
    ],
    "domain": [
        (r"(?!domain/)" + OURS, "the domain knows no disk, no views, no network"),
        (r"domain/base/clock\.h", "time and randomness come in the context"),
        (GRPC, "no gRPC in the domain"), (ROCKSDB, "no RocksDB in the domain"),
    ],
    "eventstore": [
        (r"(?!eventstore/|domain/base/)" + OURS, "the event store sees bytes and envelopes only"),
        (r"daybook/(?!log/|type/|rpc/v1/error|rpc/v1/headers)", "the event store knows no area"),
        (GRPC, "no gRPC in the event store"),
    ],
    "projections": [
        (r"(services|cli|tests|bench)/", "views know no services"),
        (r"domain/(?!base/|fields/|record/|decider\.h|registry\.h)", "views never decide"),
        (GRPC, "no gRPC in views"),
    ],
    "services": [
        (r"(cli|tests|bench)/", "services know no client"), (ROCKSDB, "no RocksDB in services"),
    ],
    "cli": [
        # `daybook init` writes the first events without a server, through the same engine.
        (r"services/(?!engine/)|(tests|bench)/", "the client knows services by their stubs"),
        (ROCKSDB, "no RocksDB in the client"),
    ],
    "tests": [],
    "bench": [],
}

# The pipeline's templates name the types of calls; only .cc files of services include them.
PIPELINE = r"services/rpc\w*\.h$"

# Reads the arguments of a program; seconds in each file that includes it. The client's verbs see
# the header of the one file that does.
OPTION_LIBRARY = r"CLI/"
OPTION_LIBRARY_IN = "cli/command_line.cc"

# The function of a verb, which main.cc of the client must list.
VERB = re.compile(r"^void (Add\w+)\(Command& root, App& app\)", re.M)

# Paths of machines that the product must not know.
MACHINE_PATHS = re.compile(r"(?<![\w.])/(?:work|home|root|Users)/\w")


@functools.lru_cache(maxsize=None)
def all_files():
    """Files of the tree, without what is ignored."""
    try:
        listed = subprocess.run(
            ["git", "-C", ROOT, "ls-files", "--cached", "--others", "--exclude-standard"],
            capture_output=True, text=True, check=True).stdout.split("\n")
        names = [name for name in listed if name and os.path.isfile(os.path.join(ROOT, name))]
        if names:
            return sorted(set(names))
    except (OSError, subprocess.CalledProcessError):
        pass
    names = []
    for folder, folders, files in os.walk(ROOT):
        folders[:] = [f for f in folders
                      if f != "node_modules" and not f.startswith((".", "build"))]
        names += [os.path.relpath(os.path.join(folder, file), ROOT) for file in files]
    return sorted(names)


@functools.lru_cache(maxsize=None)
def read(name):
    with open(os.path.join(ROOT, name), encoding="utf-8", errors="replace") as file:
        return file.read()


def lines_of(name):
    return read(name).split("\n")


def code_files(*endings):
    endings = endings or (".h", ".cc")
    return [n for n in all_files() if n.startswith(tuple(f + "/" for f in CODE_FOLDERS))
            and n.endswith(endings)]


def includes(text):
    for number, line in enumerate(text.split("\n"), 1):
        match = re.match(r'\s*#\s*include\s*[<"]([^>"]+)[>"]', line)
        if match:
            yield number, match.group(1)


def layer_of(name):
    fitting = [layer for layer in LAYERS if name.startswith(layer + "/")]
    return max(fitting, key=len) if fitting else None


def include_violations(name, text):
    layer = layer_of(name)
    header = name.endswith(".h")
    for number, included in includes(text):
        for pattern, reason in LAYERS.get(layer, []):
            if re.match(pattern, included):
                yield f"{name}:{number}: includes {included}: {reason}"
        if layer in ("tests", "bench"):
            continue
        if header and re.match(GRPC, included) and not (
                re.match(PIPELINE, name) and included.startswith("grpcpp/")):
            yield f"{name}:{number}: includes {included}: gRPC headers stay in .cc files"
        if header and included in BANNED_IN_HEADERS:
            yield f"{name}:{number}: includes <{included}>: too slow for a header"
        if re.match(OPTION_LIBRARY, included) and layer == "cli" and name != OPTION_LIBRARY_IN:
            yield f"{name}:{number}: includes {included}: use cli/command_line.h"
        if re.match(ROCKSDB, included) and layer not in ("eventstore", "projections"):
            yield f"{name}:{number}: includes {included}: RocksDB stays in two folders"


def blank(match):
    """Keeps line ends, so that numbers stay right."""
    return re.sub(r"[^\n]", " ", match.group(0))


def without_texts(text):
    """C++ without comments, texts, characters and preprocessor lines."""
    token = re.compile(
        r'//[^\n]*|/\*.*?\*/|R"(?P<d>[^(\s]*)\(.*?\)(?P=d)"|"(?:\\.|[^"\\\n])*"'
        r"|(?<![0-9A-Za-z_])'(?:\\.|[^'\\\n])+'|^[ \t]*#(?:[^\n\\]|\\.)*(?:\\\n(?:[^\n\\]|\\.)*)*",
        re.S | re.M)
    return token.sub(blank, text)


CONTAINER = re.compile(r"\b(namespace|class|struct|union|enum|extern|concept)\b")


def functions(text):
    """Yields (first line, last line) of each outermost function body, by matching brackets."""
    stack = []  # "container", "function" or "other"
    start = 0
    head = ""
    line = 1
    for c in without_texts(text):
        if c == "\n":
            line += 1
        if c == "{":
            # Parentheses before the bracket make a function, also in `struct X Make() {`.
            signature = re.sub(r"\balignas\s*\([^)]*\)|\[\[.*?\]\]", "", head).strip()
            if "function" in stack or "other" in stack:
                kind = "inner"
            elif CONTAINER.search(signature) and "(" not in signature:
                kind = "container"
            elif "(" in signature and not signature.endswith("="):
                kind = "function"
                begin = re.sub(r"^(\s*(public|private|protected)\s*:)*\s*", "", head)
                start = line - begin.count("\n")
            else:
                kind = "other"  # a table, an initialiser
            stack.append(kind)
            head = ""
        elif c == "}":
            if stack and stack.pop() == "function":
                yield start, line
            head = ""
        elif c == ";":
            head = ""
        else:
            head += c


def long_functions(name, text):
    for first, last in functions(text):
        if last - first + 1 > FUNCTION_LINES:
            size = last - first + 1
            yield f"{name}:{first}: a function of {size} lines; at most {FUNCTION_LINES}"


def long_lines(name, text):
    for number, line in enumerate(text.split("\n"), 1):
        # A link or an include cannot be broken.
        if len(line) > COLUMNS and "://" not in line and not line.startswith("#include"):
            yield f"{name}:{number}: {len(line)} columns; at most {COLUMNS}"


def banned_words(name, text):
    code = without_texts(text)
    for number, line in enumerate(code.split("\n"), 1):
        if re.search(r"\busing\s+namespace\b", line):
            yield f"{name}:{number}: using-directive"
        if re.search(r"\bthrow\b", line):
            yield f"{name}:{number}: an exception; return a status"
    for number, line in enumerate(text.split("\n"), 1):
        if re.search(r"\b(TODO|FIXME|XXX|HACK)\b", line):
            yield f"{name}:{number}: unfinished work; finish it or file an issue"
    if name.endswith(".h") and not text.startswith("#pragma once"):
        yield f"{name}:1: a header begins with #pragma once"


def link_violations(name, text):
    folder = os.path.dirname(os.path.join(ROOT, name))
    text = re.sub(r"```.*?```", blank, text, flags=re.S)
    for number, line in enumerate(text.split("\n"), 1):
        for target in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"`[^`]*`", "", line)):
            path = target.split("#")[0]
            if not path or re.match(r"[a-z]+:", path):
                continue
            base = ROOT + path if path.startswith("/") else os.path.join(folder, path)
            if not os.path.exists(base):
                yield f"{name}:{number}: {target} leads nowhere"


def machine_paths(name, text):
    for number, line in enumerate(text.split("\n"), 1):
        if MACHINE_PATHS.search(line):
            yield f"{name}:{number}: a path of one machine: {line.strip()[:80]}"


def globbed(name, lists):
    """Whether the folder's CMakeLists.txt takes every *_test.cc by itself."""
    own = lists.get(os.path.dirname(name) + "/CMakeLists.txt", "")
    takes_all = re.search(r"file\(GLOB [^)]*\*_test\.cc\)", own) is not None
    return takes_all and name.endswith("_test.cc")


def names_whole(text, word):
    return re.search(rf"(?<![\w/]){re.escape(word)}(?!\w)", text) is not None


class TidyTest(unittest.TestCase):
    """The tree keeps the rules."""

    maxDiff = None

    def expect_none(self, violations):
        self.assertEqual("", "\n".join(violations))

    def test_files_are_short(self):
        found = []
        for name in code_files(".h", ".cc", ".py"):
            size = len(lines_of(name))
            limit = TEST_FILE_LINES_HARD if name.startswith("tests/") else FILE_LINES_HARD
            if size > limit:
                found.append(f"{name}: {size} lines; at most {limit}")
            elif size > FILE_LINES_SOFT and not name.startswith("tests/"):
                print(f"note: {name}: {size} lines; better at most {FILE_LINES_SOFT}")
        self.expect_none(found)

    def test_functions_are_short(self):
        self.expect_none([v for n in code_files() for v in long_functions(n, read(n))])

    def test_lines_are_short(self):
        self.expect_none([v for n in code_files(".h", ".cc", ".py")
                          for v in long_lines(n, read(n))])

    def test_layers_hold(self):
        self.expect_none([v for n in code_files() for v in include_violations(n, read(n))])

    def test_words_of_unfinished_and_foreign_style_are_absent(self):
        self.expect_none([v for n in code_files() for v in banned_words(n, read(n))])

    def test_every_source_is_built(self):
        lists = {n: read(n) for n in all_files() if n.endswith("CMakeLists.txt")}
        listed = "\n".join(lists.values()).replace("/", " ")
        self.expect_none([f"{n}: in no CMakeLists.txt" for n in code_files(".cc")
                          if not names_whole(listed, os.path.basename(n))
                          and not globbed(n, lists)])

    def test_every_aggregate_is_registered(self):
        registry = read("domain/registry.cc")
        found = []
        for name in code_files(".h"):
            match = re.search(r"struct (\w+) \{(?:(?!\nstruct ).)*?string_view kName = ",
                              read(name), re.S)
            if not name.startswith("domain/") or match is None or name == "domain/decider.h":
                continue
            if f'#include "{name}"' not in registry or f"TypeOf<{match.group(1)}," not in registry:
                found.append(f"{name}: {match.group(1)} is not in domain/registry.cc")
        self.expect_none(found)

    def test_every_view_is_registered(self):
        registry = read("projections/registry.cc")
        found = []
        for name in code_files(".cc"):
            if not name.startswith("projections/") or name == "projections/registry.cc":
                continue
            for view in re.findall(r"^Projection (\w+)\(\) \{", read(name), re.M):
                if not names_whole(registry, view):
                    found.append(f"{name}: {view} is not in projections/registry.cc")
        self.expect_none(found)

    def test_every_service_is_implemented_and_registered(self):
        registry = read("services/registry.cc")
        found = []
        for name in all_files():
            match = re.match(r"proto/daybook/(\w+)/v1/(\w+_service)\.proto$", name)
            if match is None:
                continue
            source = f"services/{match.group(1)}/{match.group(2)}.cc"
            if source not in all_files():
                found.append(f"{name}: there is no {source}")
            for service in re.findall(r"^service (\w+)", read(name), re.M):
                if not names_whole(registry, f"New{service}"):
                    found.append(f"{name}: New{service} is not in services/registry.cc")
        self.expect_none(found)

    def test_every_verb_is_listed(self):
        main = read("cli/main.cc")
        found = []
        for name in code_files(".cc"):
            if not name.startswith("cli/"):
                continue
            for verb in VERB.findall(read(name)):
                if not names_whole(main, verb):
                    found.append(f"{name}: {verb} is not in cli/main.cc")
        self.expect_none(found)

    def test_every_refusal_is_documented(self):
        used = {reason for n in code_files() if not n.startswith(("tests/", "bench/"))
                for reason in re.findall(r"\bREASON_([A-Z_]+)\b", read(n))} - {"UNSPECIFIED"}
        documented = set(re.findall(r"^\| ([A-Z_]+) \|", read("docs/reference/errors.md"), re.M))
        self.assertEqual(sorted(used), sorted(documented))

    def test_decisions_are_numbered_and_titled(self):
        numbers = []
        for name in all_files():
            match = re.match(r"docs/adr/(\d{4})-[a-z0-9-]+\.md$", name)
            if match is None:
                self.assertFalse(name.startswith("docs/adr/"), name)
                continue
            numbers.append(int(match.group(1)))
            self.assertRegex(read(name), rf"\A# {numbers[-1]}\. ", name)
        self.assertEqual(sorted(set(numbers)), sorted(numbers), "a number is used twice")

    def test_links_lead_somewhere(self):
        self.expect_none([v for n in all_files() if n.endswith(".md")
                          for v in link_violations(n, read(n))])

    def test_no_path_of_a_machine_is_left(self):
        self.expect_none([v for n in all_files() if not n.endswith((".png", ".bin", ".gz"))
                          and n != "tests/tidy_test.py" for v in machine_paths(n, read(n))])


class RuleTest(unittest.TestCase):
    """Each rule finds what it is there to find, and leaves the rest alone."""

    def body(self, lines):
        return "{\n" + "  Call();\n" * (lines - 2) + "}\n"

    def test_functions_are_measured_from_signature_to_bracket(self):
        source = ("namespace a {\nclass B {\n public:\n  // Says c.\n  int c() const\n  {\n"
                  "    return 1;\n  }\n};\n}  // namespace a\n")
        self.assertEqual([(5, 8)], list(functions(source)))

    def test_long_functions_are_found_at_the_limit(self):
        for signature in ("int F(int a) ", "TEST(SomeTest, IsLong) ", "auto G() -> int "):
            at_limit = signature + self.body(FUNCTION_LINES)
            self.assertEqual([], list(long_functions("x.cc", at_limit)))
            over = signature + self.body(FUNCTION_LINES + 1)
            self.assertEqual(1, len(list(long_functions("x.cc", over))), signature)

    def test_tables_and_texts_are_no_functions(self):
        table = "const Row kRows[] = {\n" + "  {1, F(2)},\n" * 90 + "};\n"
        self.assertEqual([], list(functions(table)))
        text = 'const char* kText = R"(\n' + "void F() {\n" * 90 + ')";\n'
        self.assertEqual([], list(functions(text)))
        self.assertEqual([(1, 1)], list(functions("int F() { return 1'000 + '{' + '\\''; }\n")))
        self.assertEqual([(2, 2)], list(functions("// don't {\nint F() { return 1; }\n")))

    def test_lines_are_measured(self):
        self.assertEqual([], list(long_lines("x.cc", "x" * COLUMNS)))
        self.assertEqual(1, len(list(long_lines("x.cc", "x" * (COLUMNS + 1)))))

    def test_layers(self):
        for name, included, allowed in (
                ("domain/base/a.h", "domain/decider.h", False),
                ("domain/base/a.h", "absl/status/status.h", True),
                ("domain/sales/a.cc", "domain/base/error.h", True),
                ("domain/sales/a.cc", "daybook/sales/v1/opportunity_service.pb.h", True),
                ("domain/sales/a.cc", "domain/base/clock.h", False),
                ("domain/sales/a.cc", "eventstore/event_store.h", False),
                ("domain/sales/a.cc", "rocksdb/db.h", False),
                ("domain/sales/a.cc", "grpcpp/grpcpp.h", False),
                ("eventstore/a.cc", "domain/decider.h", False),
                ("eventstore/a.cc", "daybook/sales/v1/opportunity.pb.h", False),
                ("eventstore/a.cc", "daybook/log/v1/metadata.pb.h", True),
                ("eventstore/a.cc", "rocksdb/db.h", True),
                ("projections/a.cc", "domain/sales/opportunity.h", False),
                ("projections/a.cc", "domain/fields/filter.h", True),
                ("projections/a.cc", "services/deps.h", False),
                ("services/a.cc", "daybook/sales/v1/opportunity_service.grpc.pb.h", True),
                ("services/a.h", "daybook/sales/v1/opportunity_service.grpc.pb.h", False),
                ("services/rpc.h", "daybook/sales/v1/opportunity_service.grpc.pb.h", False),
                ("services/rpc.h", "grpcpp/server_context.h", True),
                ("services/a.h", "grpcpp/server_context.h", False),
                ("services/a.cc", "rocksdb/db.h", False),
                ("cli/a.cc", "services/server.h", False),
                ("cli/a.cc", "services/engine/engine.h", True),
                ("cli/a.cc", "eventstore/event_store.h", True),
                ("cli/a.cc", "CLI/CLI.hpp", False),
                ("cli/command_line.h", "CLI/App.hpp", False),
                ("cli/command_line.cc", "CLI/CLI.hpp", True),
                ("services/main.cc", "CLI/CLI.hpp", True),
                ("cli/a.h", "iostream", False),
                ("cli/a.cc", "iostream", True),
                ("tests/a.cc", "services/server.h", True)):
            found = list(include_violations(name, f'#include "{included}"\n'))
            self.assertEqual(allowed, not found, f"{name} {included}")

    def test_verbs(self):
        source = "void AddSome(Command& root, App& app) {\n}\nvoid AddNames(Command* verb) {\n}\n"
        self.assertEqual(["AddSome"], VERB.findall(source))
        # The functions that main.cc calls are of that form, all of them.
        calls = re.findall(r"^  (Add\w+)\(root, app\);", read("cli/main.cc"), re.M)
        sources = [n for n in code_files(".cc") if n.startswith("cli/") and n != "cli/main.cc"]
        found = [verb for n in sources for verb in VERB.findall(read(n))]
        self.assertEqual(sorted(calls), sorted(found))

    def test_globs(self):
        lists = {"tests/a/CMakeLists.txt": "file(GLOB FILES CONFIGURE_DEPENDS *_test.cc)",
                 "tests/b/CMakeLists.txt": "daybook_test(b SOURCES x_test.cc)"}
        self.assertTrue(globbed("tests/a/x_test.cc", lists))
        self.assertFalse(globbed("tests/a/helper.cc", lists))
        self.assertFalse(globbed("tests/b/y_test.cc", lists))

    def test_words(self):
        self.assertEqual(1, len(list(banned_words("a.cc", "using namespace std;\n"))))
        self.assertEqual(1, len(list(banned_words("a.cc", "  throw 1;\n"))))
        self.assertEqual(0, len(list(banned_words("a.cc", "// to throw away\n"))))
        self.assertEqual(1, len(list(banned_words("a.cc", "// TO" + "DO: more\n"))))
        self.assertEqual(1, len(list(banned_words("a.h", "int a;\n"))))

    def test_links(self):
        self.assertEqual([], list(link_violations("README.md", "[a](CMakeLists.txt#x) [b](#c)\n")))
        self.assertEqual(1, len(list(link_violations("README.md", "[a](nowhere.md)\n"))))
        self.assertEqual([], list(link_violations("README.md", "[a](https://example.org/x)\n")))

    def test_machine_paths(self):
        self.assertEqual(1, len(list(machine_paths("a", "cd /wo" + "rk/main"))))
        self.assertEqual([], list(machine_paths("a", "see the network/work diagram")))


if __name__ == "__main__":
    unittest.main()
