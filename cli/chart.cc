#include "cli/chart.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/command_line.h"
#include "cli/records.h"
#include "cli/terminal.h"
#include "daybook/record/v1/record_service.pb.h"
#include "domain/base/status_macros.h"
#include "domain/base/time.h"
#include "domain/base/uuid.h"

namespace daybook::cli {

void AddChartOptions(Command* verb, ChartOptions* options, const std::string& subject, bool dated) {
  verb->AddOption(subject, &options->subject, "Name or id").Required();
  verb->AddOption("--as-of", &options->as_of,
                  "As it was known then: a day, an instant, a position");
  if (dated) verb->AddOption("--day", &options->day, "On this day; otherwise today");
  verb->AddOption("--svg", &options->svg, "Draw it into this file, with Graphviz");
}

absl::Status SetDay(const std::string& text, type::v1::Date* day) {
  if (text.empty()) return absl::OkStatus();
  DAYBOOK_ASSIGN_OR_RETURN(const absl::CivilDay parsed, ParseDay(text));
  *day = ToProto(parsed);
  return absl::OkStatus();
}

absl::StatusOr<Found> FindSubject(Client& client, const std::vector<std::string>& aggregates,
                                  const std::string& name_or_id) {
  for (const std::string& aggregate : aggregates) {
    DAYBOOK_ASSIGN_OR_RETURN(const auto* type, FindType(aggregate));
    if (Uuid::Parse(name_or_id).ok()) {
      record::v1::GetRecordRequest request;
      record::v1::GetRecordResponse response;
      request.set_aggregate(aggregate);
      request.set_id(name_or_id);
      const absl::Status status =
          client.Call("daybook.record.v1.RecordService/GetRecord", request, &response);
      if (status.ok()) return Found{aggregate, name_or_id};
      if (!absl::IsNotFound(status)) return status;
      continue;
    }
    auto id = ResolveByTitle(client, *type, name_or_id);
    if (id.ok()) return Found{aggregate, *std::move(id)};
    if (!absl::IsNotFound(id.status())) return id.status();
  }
  return absl::NotFoundError(
      absl::StrCat("there is no ", absl::StrJoin(aggregates, " or "), " \"", name_or_id, "\""));
}

absl::Status ShowChart(App& app, const ChartOptions& options, const Graph& graph,
                       const google::protobuf::Message& answer, const Table& table,
                       const std::string& text) {
  if (!options.svg.empty()) return DrawSvg(graph.ToDot(), options.svg);
  switch (app.options.format) {
    case OutputFormat::kJson:
      PrintJson(answer);
      break;
    case OutputFormat::kTable:
      Print(text);
      break;
    case OutputFormat::kCsv:
      PrintTable(app, table);
      break;
  }
  return absl::OkStatus();
}

std::string FullName(const std::string& given, const std::string& family, const std::string& id) {
  if (given.empty() && family.empty()) return id;
  return absl::StrCat(given, given.empty() || family.empty() ? "" : " ", family);
}

std::string DayText(bool has_day, const type::v1::Date& day) {
  return has_day ? FormatDay(absl::CivilDay(day.year(), day.month(), day.day())) : "";
}

}  // namespace daybook::cli
