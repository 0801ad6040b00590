#include "cli/table.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "cli/terminal.h"
#include "domain/base/money.h"
#include "google/protobuf/util/json_util.h"

namespace daybook::cli {
namespace {

constexpr absl::string_view kGap = "  ";
constexpr size_t kCellColumnsMin = 6;
constexpr size_t kRuleColumnsMax = 60;

// Shrinks the widest columns until the row fits.
void Fit(std::vector<size_t>* widths, size_t width) {
  const auto total = [&] {
    size_t sum = widths->empty() ? 0 : (widths->size() - 1) * kGap.size();
    for (const size_t w : *widths) sum += w;
    return sum;
  };
  while (width > 0 && total() > width) {
    const auto widest = std::max_element(widths->begin(), widths->end());
    if (*widest <= kCellColumnsMin) return;
    --*widest;
  }
}

void AppendCell(absl::string_view text, size_t width, Align align, bool last, std::string* out) {
  const size_t shown = DisplayWidth(text);
  const std::string padding(width > shown ? width - shown : 0, ' ');
  if (align == Align::kRight) absl::StrAppend(out, padding, text);
  if (align == Align::kLeft) absl::StrAppend(out, text, last ? "" : padding);
}

constexpr char kTooLarge[] = "too large";

type::v1::Money AsMoney(const type::v1::MoneySum& sum) {
  type::v1::Money money;
  money.set_minor(sum.minor());
  money.set_currency(sum.currency());
  return money;
}

}  // namespace

std::string Table::Render(bool colored, size_t width) const {
  const Style style(colored);
  std::vector<size_t> widths;
  for (const auto& column : columns_) widths.push_back(DisplayWidth(column.title));
  for (const auto& row : rows_) {
    for (size_t i = 0; i < row.size() && i < widths.size(); ++i) {
      widths[i] = std::max(widths[i], DisplayWidth(row[i]));
    }
  }
  Fit(&widths, width);
  std::string out;
  std::string titles;
  for (size_t i = 0; i < columns_.size(); ++i) {
    if (i > 0) absl::StrAppend(&titles, kGap);
    AppendCell(Shorten(columns_[i].title, widths[i]), widths[i], columns_[i].align,
               i + 1 == columns_.size(), &titles);
  }
  absl::StrAppend(&out, style.Bold(titles), "\n");
  for (size_t i = 0; i < widths.size(); ++i) {
    std::string rule;
    // A long last column is not worth a long rule.
    const size_t length = i + 1 == widths.size() ? std::min(widths[i], kRuleColumnsMax) : widths[i];
    for (size_t j = 0; j < length; ++j) absl::StrAppend(&rule, colored ? "─" : "-");
    absl::StrAppend(&out, i > 0 ? kGap : "", style.Dim(rule));
  }
  absl::StrAppend(&out, "\n");
  for (const auto& row : rows_) {
    for (size_t i = 0; i < row.size() && i < widths.size(); ++i) {
      if (i > 0) absl::StrAppend(&out, kGap);
      AppendCell(Shorten(Printable(row[i]), widths[i]), widths[i], columns_[i].align,
                 i + 1 == row.size(), &out);
    }
    absl::StrAppend(&out, "\n");
  }
  return out;
}

std::string Table::RenderCsv() const {
  std::string out;
  for (size_t i = 0; i < columns_.size(); ++i) {
    absl::StrAppend(&out, i > 0 ? "," : "", CsvField(columns_[i].title));
  }
  absl::StrAppend(&out, "\n");
  for (const auto& row : rows_) {
    for (size_t i = 0; i < row.size(); ++i)
      absl::StrAppend(&out, i > 0 ? "," : "", CsvField(row[i]));
    absl::StrAppend(&out, "\n");
  }
  return out;
}

std::string HumanMoney(const type::v1::Money& money) {
  std::string text = FormatMoney(money);
  size_t digits = text.find_first_not_of("-0123456789");
  if (digits == std::string::npos) digits = text.size();
  const size_t first = !text.empty() && text[0] == '-' ? 1 : 0;
  for (; digits > first + 3; text.insert(digits, ",")) digits -= 3;
  return text;
}

std::string HumanMoney(const type::v1::MoneySum& sum) {
  return sum.overflow() ? absl::StrCat(kTooLarge, ", ", sum.currency()) : HumanMoney(AsMoney(sum));
}

std::string PlainMoney(const type::v1::Money& money) { return FormatMoney(money); }

std::string PlainMoney(const type::v1::MoneySum& sum) {
  return sum.overflow() ? absl::StrCat(kTooLarge, " ", sum.currency()) : FormatMoney(AsMoney(sum));
}

std::string PlainAmount(const type::v1::MoneySum& sum) {
  return sum.overflow() ? kTooLarge : FormatMinor(sum.minor(), sum.currency());
}

void Print(absl::string_view text) { std::fwrite(text.data(), 1, text.size(), stdout); }

void PrintTable(const App& app, const Table& table) {
  if (app.options.format == OutputFormat::kCsv) return Print(table.RenderCsv());
  const size_t width = IsTerminal(STDOUT_FILENO) ? static_cast<size_t>(TerminalWidth()) : 0;
  Print(table.Render(UsesColor(app.options.color, STDOUT_FILENO), width));
}

std::string ToJson(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = true;
  options.preserve_proto_field_names = true;
  options.always_print_primitive_fields = true;
  std::string out;
  // Fails only for an Any of unknown type; no message of ours holds one.
  if (!google::protobuf::util::MessageToJsonString(message, &out, options).ok()) return "{}\n";
  return out;
}

void PrintJson(const google::protobuf::Message& message) { Print(ToJson(message)); }

}  // namespace daybook::cli
