#include "cli/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "cli/app.h"
#include "fmt/format.h"

namespace daybook::cli {
namespace {

constexpr int kWidthWithoutTerminal = 100;
constexpr int kBarColumns = 24;
constexpr absl::Duration kRedrawEvery = absl::Milliseconds(100);

bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

}  // namespace

bool IsTerminal(int fd) { return isatty(fd) == 1; }

bool UsesColor(ColorMode mode, int fd) {
  switch (mode) {
    case ColorMode::kAlways:
      return true;
    case ColorMode::kNever:
      return false;
    case ColorMode::kAuto:
      return IsTerminal(fd) && std::getenv("NO_COLOR") == nullptr;
  }
  return false;
}

int TerminalWidth() {
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return kWidthWithoutTerminal;
}

std::string Style::Wrap(absl::string_view code, absl::string_view text) const {
  if (!colored_ || text.empty()) return std::string(text);
  return absl::StrCat("\x1b[", code, "m", text, "\x1b[0m");
}

std::string Printable(absl::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    // C1 controls are two bytes in UTF-8: 0xC2 0x80 to 0xC2 0x9F.
    const bool c1 = c == 0xC2 && i + 1 < text.size() &&
                    static_cast<unsigned char>(text[i + 1]) >= 0x80 &&
                    static_cast<unsigned char>(text[i + 1]) < 0xA0;
    if (c1) ++i;
    out.push_back(c < 0x20 || c == 0x7F || c1 ? ' ' : static_cast<char>(c));
  }
  return out;
}

size_t DisplayWidth(absl::string_view text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return !IsContinuation(c); }));
}

std::string Shorten(absl::string_view text, size_t columns) {
  if (DisplayWidth(text) <= columns || columns == 0) return std::string(text);
  size_t end = 0;
  for (size_t taken = 0; end < text.size(); ++end) {
    if (!IsContinuation(text[end]) && ++taken == columns) break;
  }
  return absl::StrCat(text.substr(0, end), "…");
}

std::string Grouped(int64_t number) {
  std::string digits = absl::StrCat(number);
  const size_t first = number < 0 ? 1 : 0;
  for (size_t i = digits.size(); i > first + 3;) {
    i -= 3;
    digits.insert(i, ",");
  }
  return digits;
}

std::string HumanDuration(absl::Duration duration) {
  const int64_t seconds = absl::ToInt64Seconds(duration);
  if (seconds >= 86'400)
    return fmt::format("{} d {:02} h", seconds / 86'400, seconds % 86'400 / 3600);
  if (seconds >= 3600) return fmt::format("{} h {:02} min", seconds / 3600, seconds % 3600 / 60);
  if (seconds >= 60) return fmt::format("{} min {:02} s", seconds / 60, seconds % 60);
  return fmt::format("{:.1f} s", absl::ToDoubleSeconds(duration));
}

Progress::Progress(std::string label, std::string unit)
    : label_(std::move(label)),
      unit_(std::move(unit)),
      enabled_(IsTerminal(STDERR_FILENO)),
      start_(absl::Now()),
      last_(absl::InfinitePast()) {}

void Progress::Update(uint64_t done, uint64_t total) {
  if (!enabled_) return;
  const absl::Time now = absl::Now();
  if (now - last_ < kRedrawEvery) return;
  last_ = now;
  const double seconds = std::max(0.001, absl::ToDoubleSeconds(now - start_));
  const double rate = static_cast<double>(done) / seconds;
  std::string line = absl::StrCat("\r\x1b[K", label_, " ");
  if (done == 0 && total == 0) {
    std::fwrite(line.data(), 1, line.size(), stderr);
    drawn_ = true;
    return;
  }
  if (total > 0) {
    const double share = std::min(1.0, static_cast<double>(done) / static_cast<double>(total));
    const int filled = static_cast<int>(std::lround(share * kBarColumns));
    for (int i = 0; i < kBarColumns; ++i) absl::StrAppend(&line, i < filled ? "█" : "░");
    absl::StrAppend(&line, fmt::format(" {:3.0f} %", share * 100));
  }
  absl::StrAppend(&line, " ", Grouped(static_cast<int64_t>(done)), " ", unit_, ", ",
                  Grouped(std::llround(rate)), "/s");
  if (total > done && rate > 0) {
    absl::StrAppend(&line, ", ",
                    HumanDuration(absl::Seconds(static_cast<double>(total - done) / rate)),
                    " left");
  }
  std::fwrite(line.data(), 1, line.size(), stderr);
  drawn_ = true;
}

void Progress::Finish() {
  if (drawn_) std::fwrite("\r\x1b[K", 1, 4, stderr);
  drawn_ = false;
}

}  // namespace daybook::cli
