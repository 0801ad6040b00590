#include "cli/graphviz.h"

#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "cli/terminal.h"

extern char** environ;

namespace daybook::cli {
namespace {

// A text within double quotes.
std::string Quoted(absl::string_view text) {
  std::string out = "\"";
  for (const char c : Printable(text)) {
    if (c == '"' || c == '\\') out.push_back('\\');
    out.push_back(c);
  }
  out.push_back('"');
  return out;
}

std::string Label(const std::vector<std::string>& lines) {
  std::string out = "\"";
  for (const std::string& line : lines) {
    if (absl::StripAsciiWhitespace(line).empty()) continue;
    const std::string quoted = Quoted(line);
    absl::StrAppend(&out, out.size() > 1 ? "\\n" : "",
                    absl::string_view(quoted).substr(1, quoted.size() - 2));
  }
  out.push_back('"');
  return out;
}

struct CloseFile {
  void operator()(FILE* file) const { fclose(file); }
};

absl::Status Failed(absl::string_view what) { return absl::FailedPreconditionError(what); }

}  // namespace

Graph::Graph(absl::string_view title, Direction direction) : title_(title), direction_(direction) {}

void Graph::AddNode(absl::string_view id, const std::vector<std::string>& lines,
                    absl::string_view fill, absl::string_view shape) {
  absl::StrAppend(&body_, "  ", Quoted(id), " [label=", Label(lines), ", shape=", Quoted(shape),
                  ", fillcolor=", Quoted(fill.empty() ? "white" : fill), "];\n");
}

void Graph::AddEdge(absl::string_view from, absl::string_view to, absl::string_view label,
                    EdgeStyle style) {
  absl::string_view attributes;
  switch (style) {
    case EdgeStyle::kArrow:
      attributes = "";
      break;
    case EdgeStyle::kPlain:
      attributes = ", dir=none";
      break;
    case EdgeStyle::kDashed:
      attributes = ", dir=none, style=dashed, constraint=false";
      break;
  }
  absl::StrAppend(&body_, "  ", Quoted(from), " -> ", Quoted(to), " [label=", Quoted(label),
                  attributes, "];\n");
}

std::string Graph::ToDot() const {
  return absl::StrCat("digraph daybook {\n  label=", Quoted(title_),
                      "; labelloc=t; fontname=\"Helvetica\"; fontsize=18; rankdir=",
                      direction_ == Direction::kDown ? "TB" : "LR",
                      ";\n  node [fontname=\"Helvetica\", fontsize=11, style=\"rounded,filled\"];"
                      "\n  edge [fontname=\"Helvetica\", fontsize=9, color=\"#555555\"];\n",
                      body_, "}\n");
}

absl::Status DrawSvg(const std::string& dot_text, const std::string& path) {
  const std::unique_ptr<FILE, CloseFile> input(tmpfile());
  if (input == nullptr ||
      fwrite(dot_text.data(), 1, dot_text.size(), input.get()) != dot_text.size() ||
      fflush(input.get()) != 0 || fseek(input.get(), 0, SEEK_SET) != 0) {
    return Failed("no room for a temporary file");
  }
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, fileno(input.get()), STDIN_FILENO);
  std::string output = absl::StrCat("-o", path);
  char program[] = "dot";
  char format[] = "-Tsvg";
  char* const arguments[] = {program, format, output.data(), nullptr};
  pid_t child = 0;
  const int error = posix_spawnp(&child, program, &actions, nullptr, arguments, environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) {
    return Failed(absl::StrCat("cannot run `dot`: ", strerror(error),
                               "; install Graphviz (scripts/install, or the package graphviz)"));
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return absl::OkStatus();
  return Failed(absl::StrCat("`dot` could not draw ", path));
}

}  // namespace daybook::cli
