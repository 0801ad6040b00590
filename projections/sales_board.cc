#include "projections/sales_board.h"

#include "absl/strings/match.h"
#include "domain/base/error.h"
#include "domain/base/money.h"
#include "domain/base/status_macros.h"
#include "domain/base/strings.h"
#include "domain/base/time.h"
#include "projections/key.h"

namespace daybook::projections {

namespace {

using sales::v1::Opportunity;
using sales::v1::OpportunityState;

// First component of every key. DO NOT CHANGE: on disk.
enum Level : uint8_t {
  kAllByMonth = 1,  // month ‖ column
  kAllByDay = 2,    // day ‖ column
  kOwnerByDay = 3,  // owner ‖ day ‖ column
  kAccount = 4,     // account ‖ column
  kAll = 5,         // column
  kProject = 6,     // project ‖ day ‖ owner ‖ column; deals registered under one
};

std::optional<absl::CivilDay> BoardDay(const Opportunity& deal) {
  const bool open = deal.state() == sales::v1::OPPORTUNITY_STATE_OPEN;
  const type::v1::Date& date = open ? deal.expected_close_date() : deal.close_date();
  const bool has = open ? deal.has_expected_close_date() : deal.has_close_date();
  if (!has) return std::nullopt;
  return absl::CivilDay(date.year(), date.month(), date.day());
}

absl::int128 ToMicros(const google::protobuf::Timestamp& time) {
  return absl::int128(time.seconds()) * 1'000'000 + time.nanos() / 1000;
}

void AddMoney(Measures* sums, BoardMeasure measure, const type::v1::Money& money) {
  if (!money.currency().empty()) sums->Add(measure, ToAbsl(money.currency()), money.minor());
}

Measures SumsOf(const Opportunity& deal) {
  Measures sums;
  sums.Add(kBoardCount, "", 1);
  if (!deal.has_value()) sums.Add(kBoardWithoutValue, "", 1);
  AddMoney(&sums, kBoardProjected, deal.value());
  AddMoney(&sums, kBoardActual, deal.actual_value());
  AddMoney(&sums, kBoardLost, deal.lost_value());
  if (deal.state() == sales::v1::OPPORTUNITY_STATE_OPEN) {
    if (deal.has_value()) {
      sums.Add(kBoardWeightedNano, ToAbsl(deal.value().currency()), WeightedNano(deal));
    }
  } else if (deal.has_open_time() && deal.has_close_time()) {
    sums.Add(kBoardCycleCount, "", 1);
    sums.Add(kBoardCycleSeconds, "",
             (ToMicros(deal.close_time()) - ToMicros(deal.open_time())) / 1'000'000);
  }
  return sums;
}

void ContributeDeal(const google::protobuf::Message& record, std::vector<Contribution>* out) {
  const auto& deal = static_cast<const Opportunity&>(record);
  if (deal.archived()) return;
  const Measures sums = SumsOf(deal);
  const bool open = deal.state() == sales::v1::OPPORTUNITY_STATE_OPEN;
  const std::string column = Key()
                                 .Id(ToAbsl(deal.process_id()))
                                 .U8(static_cast<uint8_t>(deal.state()))
                                 .Text(open ? ToAbsl(deal.stage()) : "")
                                 .Take();
  const std::optional<absl::CivilDay> day = BoardDay(deal);
  std::optional<absl::CivilDay> month;
  if (day.has_value()) month = absl::CivilDay(absl::CivilMonth(*day));
  const absl::string_view owner = ToAbsl(deal.owner_id());
  out->push_back({Key().U8(kAllByMonth).Day(month).Take() + column, sums});
  out->push_back({Key().U8(kAllByDay).Day(day).Take() + column, sums});
  out->push_back({Key().U8(kOwnerByDay).Id(owner).Day(day).Take() + column, sums});
  out->push_back({Key().U8(kAccount).Id(ToAbsl(deal.account_id())).Take() + column, sums});
  out->push_back({Key().U8(kAll).Take() + column, sums});
  if (deal.crm_project_id().empty()) return;
  const absl::string_view project = ToAbsl(deal.crm_project_id());
  out->push_back({Key().U8(kProject).Id(project).Day(day).Id(owner).Take() + column, sums});
}

// Adds up rows by column.
class BoardSums {
 public:
  // `column`: the key's last component.
  absl::Status Add(absl::string_view column, absl::string_view value) {
    DAYBOOK_ASSIGN_OR_RETURN(const Measures sums, Measures::Decode(value));
    columns_[std::string(column)].Add(sums, 1);
    return absl::OkStatus();
  }

  absl::StatusOr<BoardResult> Finish(absl::string_view process_id) {
    BoardResult result;
    const std::string process = process_id.empty() ? "" : Key().Id(process_id).Take();
    for (auto& [key, sums] : columns_) {
      if (!absl::StartsWith(key, process)) continue;
      BoardColumnSums column;
      uint8_t state = 0;
      KeyReader reader(key);
      if (!reader.Id(&column.process_id) || !reader.U8(&state) || !reader.Text(&column.stage)) {
        return Reject(Reason::REASON_DATA_LOSS, "a row of the sales board cannot be read");
      }
      column.state = static_cast<OpportunityState>(state);
      column.sums = std::move(sums);
      if (!column.sums.empty()) result.columns.push_back(std::move(column));
    }
    return result;
  }

 private:
  std::map<std::string, Measures> columns_;
};

absl::Status AddRange(const Snapshot& snapshot, const std::string& first, const std::string& last,
                      size_t head_bytes, BoardSums* sums) {
  absl::Status status;
  DAYBOOK_RETURN_IF_ERROR(snapshot.ScanRows(
      kSalesBoardView, first, last, [&](absl::string_view key, absl::string_view value) {
        status = sums->Add(key.substr(std::min(head_bytes, key.size())), value);
        return status.ok();
      }));
  return status;
}

constexpr size_t kDayBytes = 4;

// The deals of one project.
absl::Status AddProject(const Snapshot& snapshot, const BoardQuery& query, BoardSums* sums) {
  const std::string head = Key().U8(kProject).Id(query.crm_project_id).Take();
  std::string first = head, last = PrefixEnd(head);
  if (query.period.has_value()) {
    first += Key().Day(query.period->from).Take();
    last = head + Key().Day(query.period->until).Take();
  }
  const std::string owner = query.owner_id.empty() ? "" : Key().Id(query.owner_id).Take();
  const size_t owner_at = head.size() + kDayBytes;
  absl::Status status;
  DAYBOOK_RETURN_IF_ERROR(snapshot.ScanRows(
      kSalesBoardView, first, last, [&](absl::string_view key, absl::string_view value) {
        const absl::string_view rest = key.substr(std::min(owner_at, key.size()));
        if (!owner.empty() && !absl::StartsWith(rest, owner)) return true;
        status = sums->Add(rest.substr(std::min(Uuid::kBytes, rest.size())), value);
        return status.ok();
      }));
  return status;
}

// Days [from, until) of a board whose keys start with these heads: whole months from the one, the
// rest from the other.
absl::Status AddPeriod(const Snapshot& snapshot, const std::string& months, const std::string& days,
                       const BoardPeriod& period, BoardSums* sums) {
  const auto add = [&](const std::string& head, absl::CivilDay from, absl::CivilDay until) {
    if (from >= until) return absl::OkStatus();
    return AddRange(snapshot, head + Key().Day(from).Take(), head + Key().Day(until).Take(),
                    head.size() + kDayBytes, sums);
  };
  absl::CivilMonth first_month(period.from);
  if (absl::CivilDay(first_month) < period.from) ++first_month;
  const absl::CivilDay whole_from(first_month);
  const absl::CivilDay whole_until((absl::CivilMonth(period.until)));
  if (whole_from >= whole_until) return add(days, period.from, period.until);
  DAYBOOK_RETURN_IF_ERROR(add(days, period.from, whole_from));
  DAYBOOK_RETURN_IF_ERROR(add(months, whole_from, whole_until));
  return add(days, whole_until, period.until);
}

}  // namespace

absl::int128 WeightedNano(const Opportunity& deal) {
  const int64_t probability =
      deal.has_probability_override() ? deal.probability_override() : deal.stage_probability();
  return absl::int128(deal.value().minor()) * probability;
}

absl::int128 WeightedMinor(const Measures& sums, absl::string_view currency) {
  return DivideHalfEven(sums.Get(kBoardWeightedNano, currency), kNano);
}

absl::StatusOr<BoardResult> ReadSalesBoard(const Snapshot& snapshot, const BoardQuery& query) {
  BoardSums sums;
  if (!query.crm_project_id.empty()) {
    DAYBOOK_RETURN_IF_ERROR(AddProject(snapshot, query, &sums));
    return sums.Finish(query.process_id);
  }
  if (!query.period.has_value() && query.owner_id.empty()) {
    // A row for each column, of one process where one is asked for.
    Key head;
    head.U8(kAll);
    const size_t head_bytes = head.bytes().size();
    if (!query.process_id.empty()) head.Id(query.process_id);
    DAYBOOK_RETURN_IF_ERROR(
        AddRange(snapshot, head.bytes(), PrefixEnd(head.bytes()), head_bytes, &sums));
    return sums.Finish(query.process_id);
  }
  Key months, days;
  if (query.owner_id.empty()) {
    months.U8(kAllByMonth);
    days.U8(kAllByDay);
  } else {
    days.U8(kOwnerByDay).Id(query.owner_id);
    months = days;  // one owner has few days: no months of his own
  }
  if (query.period.has_value()) {
    DAYBOOK_RETURN_IF_ERROR(
        AddPeriod(snapshot, months.bytes(), days.bytes(), *query.period, &sums));
  } else {
    DAYBOOK_RETURN_IF_ERROR(AddRange(snapshot, months.bytes(), PrefixEnd(months.bytes()),
                                     months.bytes().size() + kDayBytes, &sums));
  }
  return sums.Finish(query.process_id);
}

absl::StatusOr<BoardResult> ReadAccountBoard(const Snapshot& snapshot,
                                             absl::string_view account_id) {
  const std::string head = Key().U8(kAccount).Id(account_id).Take();
  BoardSums sums;
  DAYBOOK_RETURN_IF_ERROR(AddRange(snapshot, head, PrefixEnd(head), head.size(), &sums));
  return sums.Finish("");
}

absl::StatusOr<std::vector<AccountBoard>> ReadAccountBoards(const Snapshot& snapshot) {
  std::vector<AccountBoard> boards;
  BoardSums sums;
  std::string current;
  absl::Status status;
  const auto finish = [&] {
    if (current.empty()) return absl::OkStatus();
    AccountBoard board;
    KeyReader reader(current);
    uint8_t level = 0;
    reader.U8(&level);
    reader.Id(&board.account_id);
    DAYBOOK_ASSIGN_OR_RETURN(board.board, sums.Finish(""));
    boards.push_back(std::move(board));
    sums = BoardSums();
    return absl::OkStatus();
  };
  const std::string head = Key().U8(kAccount).Take();
  constexpr size_t kHeadBytes = 1 + Uuid::kBytes;
  DAYBOOK_RETURN_IF_ERROR(snapshot.ScanRows(
      kSalesBoardView, head, PrefixEnd(head), [&](absl::string_view key, absl::string_view value) {
        const absl::string_view account = key.substr(0, kHeadBytes);
        if (account != current) {
          status.Update(finish());
          current = std::string(account);
        }
        status.Update(sums.Add(key.substr(account.size()), value));
        return status.ok();
      }));
  status.Update(finish());
  if (!status.ok()) return status;
  return boards;
}

Projection SalesBoard() {
  return Contributions(kSalesBoardView, 3, "opportunity", &ContributeDeal);
}

}  // namespace daybook::projections
