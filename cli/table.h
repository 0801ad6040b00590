#pragma once

// What verbs print: tables for people, CSV and JSON for machines.

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "cli/app.h"
#include "cli/import/csv_text.h"
#include "daybook/type/v1/money.pb.h"
#include "daybook/type/v1/money_sum.pb.h"

namespace google::protobuf {
class Message;
}

namespace daybook::cli {

enum class Align { kLeft, kRight };

struct Column {
  std::string title;
  Align align = Align::kLeft;
};

// Rows of text under titles. Text is printed as it is except for control characters.
class Table {
 public:
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}
  void Add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  size_t size() const { return rows_.size(); }

  // Aligned columns; bold titles with colour, cut to `width` columns (0: never cut).
  std::string Render(bool colored, size_t width) const;
  // RFC 4180, a title row first.
  std::string RenderCsv() const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

// The table in the format asked for, on stdout. JSON is the caller's business.
void PrintTable(const App& app, const Table& table);

// The message as protobuf JSON with the field names of the proto and all fields present; on stdout.
void PrintJson(const google::protobuf::Message& message);
std::string ToJson(const google::protobuf::Message& message);

// An amount as people read it: "1,054.00 USD"; empty when absent.
std::string HumanMoney(const type::v1::Money& money);
std::string HumanMoney(const type::v1::MoneySum& sum);  // "too large, USD" where it does not fit
// The same for machines: "1054.00 USD", "too large USD".
std::string PlainMoney(const type::v1::Money& money);
std::string PlainMoney(const type::v1::MoneySum& sum);
// Without the currency: "1054.00", "too large".
std::string PlainAmount(const type::v1::MoneySum& sum);

// Writes to stdout.
void Print(absl::string_view text);

}  // namespace daybook::cli
