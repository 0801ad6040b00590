#include "services/sales/board_messages.h"

#include <map>
#include <set>

#include "daybook/setup/v1/sales_process.pb.h"
#include "domain/base/error.h"
#include "domain/base/money.h"
#include "domain/base/status_macros.h"
#include "domain/setup/sales_process.h"
#include "services/sums.h"

namespace daybook::services {
namespace {

namespace pb = ::daybook::sales::v1;
using projections::BoardColumnSums;
using projections::Measures;

pb::BoardColumnKind KindOf(pb::OpportunityState state) {
  switch (state) {
    case pb::OPPORTUNITY_STATE_OPEN:
      return pb::BOARD_COLUMN_KIND_STAGE;
    case pb::OPPORTUNITY_STATE_WON:
      return pb::BOARD_COLUMN_KIND_WON;
    case pb::OPPORTUNITY_STATE_PARTIALLY_WON:
      return pb::BOARD_COLUMN_KIND_PARTIALLY_WON;
    case pb::OPPORTUNITY_STATE_LOST:
      return pb::BOARD_COLUMN_KIND_LOST;
    case pb::OPPORTUNITY_STATE_ABANDONED:
      return pb::BOARD_COLUMN_KIND_ABANDONED;
    default:
      return pb::BOARD_COLUMN_KIND_UNSPECIFIED;
  }
}

const char* OutcomeLabel(pb::BoardColumnKind kind) {
  switch (kind) {
    case pb::BOARD_COLUMN_KIND_WON:
      return "Won";
    case pb::BOARD_COLUMN_KIND_PARTIALLY_WON:
      return "Partially won";
    case pb::BOARD_COLUMN_KIND_LOST:
      return "Lost";
    case pb::BOARD_COLUMN_KIND_ABANDONED:
      return "Abandoned";
    default:
      return "";
  }
}

// Sums by where they stand: (process, kind, stage).
using ColumnKey = std::tuple<std::string, int, std::string>;
using ColumnMap = std::map<ColumnKey, Measures>;

void AddColumn(const ColumnKey& key, const std::string& label, const Measures& sums,
               pb::GetSalesBoardResponse* response) {
  pb::BoardColumn* column = response->add_columns();
  column->set_process_id(std::get<0>(key));
  column->set_kind(static_cast<pb::BoardColumnKind>(std::get<1>(key)));
  column->set_stage(std::get<2>(key));
  column->set_label(label);
  const int64_t count = Saturated(sums.Get(projections::kBoardCount));
  column->set_count(count);
  column->set_without_value(Saturated(sums.Get(projections::kBoardWithoutValue)));
  for (pb::BoardAmounts& amount : AmountsOf(sums)) *column->add_amounts() = std::move(amount);
  response->set_count(response->count() + count);
}

// The processes to show, by id: the one asked for, else those with deals, else all that are in
// force.
absl::StatusOr<std::vector<setup::v1::SalesProcess>> Processes(const Query& query,
                                                               const std::string& process_id,
                                                               const ColumnMap& columns) {
  DAYBOOK_RETURN_IF_ERROR(query.deps.access.CheckRead(query.principal, "sales_process"));
  const domain::ObjectType& type = *domain::Registry::Get().Find("sales_process");
  std::vector<setup::v1::SalesProcess> processes;
  if (process_id.empty() && columns.empty()) {
    projections::ListQuery all;
    all.type = &type;
    all.page_size = projections::kPageSizeMax;
    DAYBOOK_ASSIGN_OR_RETURN(const auto page, query.snapshot.List(all));
    for (const auto& record : page.records) {
      auto& process = static_cast<setup::v1::SalesProcess&>(*record);
      if (process.published_version() > 0) processes.push_back(std::move(process));
    }
    return processes;
  }
  std::set<std::string> shown;
  if (!process_id.empty()) {
    shown.insert(process_id);
  } else {
    for (const auto& [key, sums] : columns) shown.insert(std::get<0>(key));
  }
  DAYBOOK_ASSIGN_OR_RETURN(const auto records,
                           query.snapshot.GetRecords(type, {shown.begin(), shown.end()}));
  for (const auto& record : records) {
    if (record == nullptr) continue;
    processes.push_back(std::move(static_cast<setup::v1::SalesProcess&>(*record)));
  }
  return processes;
}

absl::Status FillRates(const ColumnMap& columns, pb::GetSalesBoardResponse* response) {
  absl::int128 won = 0;
  absl::int128 closed = 0;
  Measures all;
  Measures of_won;
  for (const auto& [key, sums] : columns) {
    const int kind = std::get<1>(key);
    const bool is_won =
        kind == pb::BOARD_COLUMN_KIND_WON || kind == pb::BOARD_COLUMN_KIND_PARTIALLY_WON;
    if (!is_won && kind != pb::BOARD_COLUMN_KIND_LOST) continue;
    const absl::int128 count = sums.Get(projections::kBoardCount);
    closed += count;
    all.Add(sums, 1);
    if (!is_won) continue;
    won += count;
    of_won.Add(sums, 1);
  }
  if (closed > 0) {
    response->set_win_rate(static_cast<int64_t>(DivideHalfEven(won * kNano, closed)));
  }
  const auto mean = [](const Measures& sums) {
    return static_cast<int64_t>(DivideHalfEven(sums.Get(projections::kBoardCycleSeconds),
                                               sums.Get(projections::kBoardCycleCount)));
  };
  if (all.Get(projections::kBoardCycleCount) > 0) response->set_mean_cycle_seconds(mean(all));
  if (of_won.Get(projections::kBoardCycleCount) > 0) {
    response->set_mean_won_cycle_seconds(mean(of_won));
  }
  return absl::OkStatus();
}

}  // namespace

std::vector<std::pair<std::string, std::string>> StagesOf(const setup::v1::SalesProcess& process) {
  std::vector<std::pair<std::string, std::string>> stages;
  std::set<std::string> seen;
  for (int i = process.versions_size() - 1; i >= 0; --i) {
    for (const auto& stage : process.versions(i).stages()) {
      if (seen.insert(stage.id()).second) stages.emplace_back(stage.id(), stage.label());
    }
  }
  return stages;
}

std::vector<pb::BoardAmounts> AmountsOf(const Measures& sums) {
  std::vector<pb::BoardAmounts> all;
  for (const std::string& currency : sums.Currencies()) {
    pb::BoardAmounts amounts;
    amounts.set_currency(currency);
    SetSum(sums.Get(projections::kBoardProjected, currency), currency, amounts.mutable_projected());
    SetSum(projections::WeightedMinor(sums, currency), currency, amounts.mutable_weighted());
    SetSum(sums.Get(projections::kBoardActual, currency), currency, amounts.mutable_actual());
    SetSum(sums.Get(projections::kBoardLost, currency), currency, amounts.mutable_lost());
    all.push_back(std::move(amounts));
  }
  return all;
}

absl::Status FillBoard(const Query& query, const projections::BoardResult& board,
                       const std::string& process_id, pb::GetSalesBoardResponse* response) {
  ColumnMap columns;
  for (const BoardColumnSums& column : board.columns) {
    columns[{column.process_id, KindOf(column.state), column.stage}].Add(column.sums, 1);
  }
  DAYBOOK_RETURN_IF_ERROR(FillRates(columns, response));
  DAYBOOK_ASSIGN_OR_RETURN(const auto processes, Processes(query, process_id, columns));
  for (const setup::v1::SalesProcess& process : processes) {
    const auto* in_force = domain::FindVersion(process, process.published_version());
    for (const auto& [stage, label] : StagesOf(process)) {
      const ColumnKey key{process.id(), pb::BOARD_COLUMN_KIND_STAGE, stage};
      // Those of earlier versions only as long as deals stand in them.
      const bool former = in_force != nullptr && domain::FindStage(*in_force, stage) == nullptr;
      if (former && columns.find(key) == columns.end()) continue;
      AddColumn(key, label, columns[key], response);
    }
    for (const auto kind : {pb::BOARD_COLUMN_KIND_WON, pb::BOARD_COLUMN_KIND_PARTIALLY_WON,
                            pb::BOARD_COLUMN_KIND_LOST, pb::BOARD_COLUMN_KIND_ABANDONED}) {
      const ColumnKey key{process.id(), kind, ""};
      AddColumn(key, OutcomeLabel(kind), columns[key], response);
    }
  }
  return absl::OkStatus();
}

}  // namespace daybook::services
