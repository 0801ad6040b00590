#pragma once

// Colour, widths and progress on a terminal; plain text everywhere else.

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace daybook::cli {

enum class ColorMode : int;

// True when `fd` is a terminal and neither NO_COLOR nor the option speaks against colour.
bool UsesColor(ColorMode mode, int fd);
bool IsTerminal(int fd);
// Columns of the terminal; 100 when there is none.
int TerminalWidth();

// Escape sequences around a text, or the text alone.
class Style {
 public:
  explicit Style(bool colored) : colored_(colored) {}
  std::string Bold(absl::string_view text) const { return Wrap("1", text); }
  std::string Dim(absl::string_view text) const { return Wrap("2", text); }
  std::string Red(absl::string_view text) const { return Wrap("31", text); }
  std::string Green(absl::string_view text) const { return Wrap("32", text); }
  std::string Cyan(absl::string_view text) const { return Wrap("36", text); }
  bool colored() const { return colored_; }

 private:
  std::string Wrap(absl::string_view code, absl::string_view text) const;
  bool colored_;
};

// The text with control characters replaced, so that no stored value can steer the terminal.
std::string Printable(absl::string_view text);
// Columns the text takes: code points of UTF-8.
size_t DisplayWidth(absl::string_view text);
// The text cut to `columns` with an ellipsis.
std::string Shorten(absl::string_view text, size_t columns);
// "12,345".
std::string Grouped(int64_t number);
// "1 h 02 min", "3 min 05 s", "0.4 s".
std::string HumanDuration(absl::Duration duration);

// A line on stderr that shows how far long work has come, with rate and time left. Silent when
// stderr is not a terminal. Not thread-safe.
class Progress {
 public:
  Progress(std::string label, std::string unit);
  ~Progress() { Finish(); }
  // Redraws at most ten times a second. `total` 0: unknown.
  void Update(uint64_t done, uint64_t total);
  // Wipes the line.
  void Finish();

 private:
  std::string label_;
  std::string unit_;
  bool enabled_;
  bool drawn_ = false;
  absl::Time start_;
  absl::Time last_;
};

}  // namespace daybook::cli
