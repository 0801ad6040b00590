#pragma once

// What the verbs of `chart` share: their options, the day, and where the picture goes.

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cli/app.h"
#include "cli/command_line.h"
#include "cli/graphviz.h"
#include "cli/table.h"
#include "daybook/type/v1/date.pb.h"
#include "google/protobuf/message.h"

namespace daybook::cli {

struct ChartOptions {
  std::string subject;  // name or id
  std::string as_of;
  std::string day;
  std::string svg;
};

// Adds the subject, --as-of and --svg, and with `dated` --day.
void AddChartOptions(Command* verb, ChartOptions* options, const std::string& subject, bool dated);

// "2026-03-01" into `day`; INVALID_ARGUMENT for anything else. Empty text leaves it alone.
absl::Status SetDay(const std::string& text, type::v1::Date* day);

// The id of the one record of these aggregates that has the name, or the id; the first aggregate
// that knows it is told too.
struct Found {
  std::string aggregate;
  std::string id;
};
absl::StatusOr<Found> FindSubject(Client& client, const std::vector<std::string>& aggregates,
                                  const std::string& name_or_id);

// Draws the graph where --svg is given; otherwise prints the answer as JSON, the table as CSV, or
// the text.
absl::Status ShowChart(App& app, const ChartOptions& options, const Graph& graph,
                       const google::protobuf::Message& answer, const Table& table,
                       const std::string& text);

// "Ada Lovelace"; the id of a contact without a name.
std::string FullName(const std::string& given, const std::string& family, const std::string& id);
std::string DayText(bool has_day, const type::v1::Date& day);

}  // namespace daybook::cli
