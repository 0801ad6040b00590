#pragma once

// Pictures of graphs: nodes and edges as DOT text, drawn by Graphviz's `dot`.

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace daybook::cli {

// A graph in the making. Texts may hold anything: they are quoted, and control characters replaced.
class Graph {
 public:
  enum class Direction { kDown, kRight };
  explicit Graph(absl::string_view title, Direction direction = Direction::kDown);

  // A box with these lines; blank ones are left out. `fill` is a colour of Graphviz; empty: white.
  void AddNode(absl::string_view id, const std::vector<std::string>& lines,
               absl::string_view fill = "", absl::string_view shape = "box");
  enum class EdgeStyle { kArrow, kPlain, kDashed };
  // Between two nodes that were or will be added.
  void AddEdge(absl::string_view from, absl::string_view to, absl::string_view label,
               EdgeStyle style = EdgeStyle::kArrow);

  std::string ToDot() const;

 private:
  std::string title_;
  Direction direction_;
  std::string body_;
};

// Draws `dot_text` into an SVG file. FAILED_PRECONDITION when Graphviz is not there, or fails.
absl::Status DrawSvg(const std::string& dot_text, const std::string& path);

}  // namespace daybook::cli
