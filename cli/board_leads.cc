#include "cli/board_leads.h"

#include <unistd.h>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "cli/records.h"
#include "cli/table.h"
#include "cli/terminal.h"
#include "daybook/sales/v1/lead_board_service.pb.h"
#include "domain/base/money.h"
#include "domain/base/status_macros.h"
#include "domain/fields/registry.h"
#include "fmt/format.h"

namespace daybook::cli {
namespace {

namespace pb = ::daybook::sales::v1;

constexpr int64_t kBarColumns = 24;

std::string StateName(pb::LeadState state) {
  const std::string name = domain::EnumValueName(*pb::LeadState_descriptor(), state);
  return absl::StrReplaceAll(absl::AsciiStrToLower(name), {{"_", " "}});
}

absl::StatusOr<pb::LeadGrouping> GroupingOf(absl::string_view by) {
  if (by.empty()) return pb::LEAD_GROUPING_UNSPECIFIED;
  if (by == "source") return pb::LEAD_GROUPING_SOURCE;
  if (by == "owner") return pb::LEAD_GROUPING_OWNER;
  return absl::InvalidArgumentError(absl::StrCat("--by ", by, ": give source or owner"));
}

std::string MeanScore(const pb::LeadColumn& column) {
  if (column.scored() == 0) return "";
  const auto tenths =
      static_cast<int64_t>(DivideHalfEven(absl::int128(column.score_sum()) * 10, column.scored()));
  return fmt::format("{}{}.{}", tenths < 0 ? "-" : "", std::abs(tenths) / 10,
                     std::abs(tenths) % 10);
}

std::string Bar(int64_t count, int64_t most) {
  std::string bar;
  const int64_t filled = most == 0 ? 0 : (count * kBarColumns + most - 1) / most;
  for (int64_t i = 0; i < filled; ++i) bar += "█";
  return bar;
}

std::string GroupName(const pb::LeadGroup& group, pb::LeadGrouping grouping, Names& names) {
  const std::string& name = grouping == pb::LEAD_GROUPING_OWNER ? group.owner_id() : group.source();
  if (name.empty()) return "(none)";
  return grouping == pb::LEAD_GROUPING_OWNER ? names.Title("user", name) : name;
}

// One line for each state, and below it one for each group.
Table BoardTable(const App& app, const pb::GetLeadBoardResponse& board, pb::LeadGrouping grouping,
                 Names& names) {
  const bool csv = app.options.format == OutputFormat::kCsv;
  const bool chart = !csv && IsTerminal(STDOUT_FILENO);
  const bool grouped = grouping != pb::LEAD_GROUPING_UNSPECIFIED;
  std::vector<Column> columns = {{"State"}};
  if (grouped) columns.push_back({grouping == pb::LEAD_GROUPING_OWNER ? "Owner" : "Source"});
  columns.push_back({"Leads", Align::kRight});
  columns.push_back({"Mean score", Align::kRight});
  if (chart) columns.push_back({""});
  Table table(columns);
  int64_t most = 0;
  for (const auto& column : board.columns()) most = std::max(most, column.count());
  for (const auto& column : board.columns()) {
    const std::string state = StateName(column.state());
    std::vector<std::string> row = {state};
    if (grouped) row.emplace_back();
    row.push_back(csv ? absl::StrCat(column.count()) : Grouped(column.count()));
    row.push_back(MeanScore(column));
    if (chart) row.push_back(Bar(column.count(), most));
    table.Add(std::move(row));
    for (const auto& group : column.groups()) {
      std::vector<std::string> part = {csv ? state : "", GroupName(group, grouping, names),
                                       csv ? absl::StrCat(group.count()) : Grouped(group.count()),
                                       ""};
      if (chart) part.emplace_back();
      table.Add(std::move(part));
    }
  }
  return table;
}

}  // namespace

absl::Status ShowLeadBoard(App& app, const LeadBoardOptions& options) {
  pb::GetLeadBoardRequest request;
  DAYBOOK_ASSIGN_OR_RETURN(const pb::LeadGrouping grouping, GroupingOf(options.by));
  request.set_grouping(grouping);
  request.set_source(options.source);
  DAYBOOK_ASSIGN_OR_RETURN(Client * client, app.Connect());
  DAYBOOK_RETURN_IF_ERROR(SetAsOf(app, options.as_of, request.mutable_header()));
  if (!options.owner.empty()) {
    DAYBOOK_ASSIGN_OR_RETURN(*request.mutable_owner_id(), ResolveUser(*client, options.owner));
  }
  pb::GetLeadBoardResponse board;
  DAYBOOK_RETURN_IF_ERROR(
      client->Call("daybook.sales.v1.LeadBoardService/GetLeadBoard", request, &board));
  if (app.options.format == OutputFormat::kJson) {
    PrintJson(board);
    return absl::OkStatus();
  }
  Names names(*client);
  PrintTable(app, BoardTable(app, board, grouping, names));
  if (app.options.format == OutputFormat::kTable) {
    Print(absl::StrCat("\n", Grouped(board.count()), " leads\n", DescribeRead(board.read()), "\n"));
  }
  return absl::OkStatus();
}

}  // namespace daybook::cli
