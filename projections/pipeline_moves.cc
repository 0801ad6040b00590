#include "projections/pipeline_moves.h"

#include <map>

#include "daybook/sales/v1/opportunity.pb.h"
#include "domain/base/error.h"
#include "domain/base/money.h"
#include "domain/base/status_macros.h"
#include "domain/base/strings.h"
#include "projections/key.h"

namespace daybook::projections {

namespace {

using sales::v1::Opportunity;

// Rows. DO NOT CHANGE: on disk.
//   0x01 ‖ owner (nil: all) ‖ process ‖ bar    sums from the beginning
//   0x02 ‖ bar ‖ u64 position ‖ deal ‖ owner   a move: u8 for everybody ‖ process ‖ sums
//   0x03 ‖ deal                                how often the expected close was put off
enum RowKind : uint8_t { kSumsRow = 1, kMoveRow = 2, kPushesRow = 3 };

// In the pipeline.
bool IsOpen(const Opportunity& deal) {
  return deal.state() == sales::v1::OPPORTUNITY_STATE_OPEN && !deal.archived();
}

void AddAmount(const type::v1::Money& money, absl::int128 minor, Measures* sums) {
  if (!money.currency().empty()) sums->Add(kMoveAmount, ToAbsl(money.currency()), minor);
}

// A deal in or out of the pipeline, with its whole value.
Measures WholeDeal(const Opportunity& deal, int sign) {
  Measures sums;
  sums.Add(kMoveCount, "", 1);
  sums.Add(kMoveDeals, "", sign);
  AddAmount(deal.value(), absl::int128(deal.value().minor()) * sign, &sums);
  return sums;
}

// What one event does, written to the rows.
class Recorder {
 public:
  Recorder(const Change& change, RowTx& tx) : change_(change), tx_(tx) {}

  const absl::Status& status() const { return status_; }

  // A move of the deal as it is in `deal`: counted for everybody, for its owner, or for both.
  enum class For { kOwner, kAll };
  void Move(MoveBar bar, const Opportunity& deal, const Measures& sums, For whom) {
    if (whom == For::kAll) AddTo("", deal, bar, sums);
    AddTo(deal.owner_id(), deal, bar, sums);
    tx_.PutNew(
        Key()
            .U8(kMoveRow)
            .U8(static_cast<uint8_t>(bar))
            .U64(change_.recorded.position)
            .Id(ToAbsl(deal.id()))
            .Id(ToAbsl(deal.owner_id()))
            .Take(),
        Key().U8(whom == For::kAll ? 1 : 0).Id(ToAbsl(deal.process_id())).Take() + sums.Encode());
  }

  void Push(const Opportunity& deal) {
    const std::string key = Key().U8(kPushesRow).Id(ToAbsl(deal.id())).Take();
    const auto stored = tx_.Get(key);
    status_.Update(stored.status());
    uint32_t pushes = 0;
    if (stored.ok() && stored->has_value() && (*stored)->size() == 4) {
      pushes = LoadU32((*stored)->data());
    }
    tx_.Put(key, Key().U32(pushes + 1).bytes());
  }

 private:
  void AddTo(absl::string_view owner, const Opportunity& deal, MoveBar bar, const Measures& sums) {
    const std::string key = Key()
                                .U8(kSumsRow)
                                .Id(owner)
                                .Id(ToAbsl(deal.process_id()))
                                .U8(static_cast<uint8_t>(bar))
                                .Take();
    const auto stored = tx_.Get(key);
    status_.Update(stored.status());
    if (!status_.ok()) return;
    Measures total;
    if (stored->has_value()) {
      auto decoded = Measures::Decode(**stored);
      status_.Update(decoded.status());
      if (decoded.ok()) total = *std::move(decoded);
    }
    total.Add(sums, 1);
    tx_.Put(key, total.Encode());
  }

  const Change& change_;
  RowTx& tx_;
  absl::Status status_;
};

// What was declined of a deal won in part, in proportion to what was accepted: its share of the
// open value.
int64_t LostPart(const Opportunity& before, const Opportunity& after) {
  const absl::int128 accepted = after.actual_value().minor();
  const absl::int128 declined = after.lost_value().minor();
  if (declined <= 0 || accepted + declined <= 0) return 0;
  if (after.lost_value().currency() != before.value().currency() ||
      after.actual_value().currency() != before.value().currency()) {
    return 0;
  }
  return static_cast<int64_t>(
      DivideHalfEven(absl::int128(before.value().minor()) * declined, accepted + declined));
}

void Leave(const Opportunity& before, const Opportunity& after, Recorder* recorder) {
  Measures all = WholeDeal(before, -1);
  if (after.archived()) {
    return recorder->Move(MoveBar::kArchived, before, all, Recorder::For::kAll);
  }
  switch (after.state()) {
    case sales::v1::OPPORTUNITY_STATE_WON:
      return recorder->Move(MoveBar::kWon, before, all, Recorder::For::kAll);
    case sales::v1::OPPORTUNITY_STATE_PARTIALLY_WON: {
      const int64_t declined = LostPart(before, after);
      AddAmount(before.value(), declined, &all);
      recorder->Move(MoveBar::kWon, before, all, Recorder::For::kAll);
      if (declined == 0) return;
      Measures lost;
      lost.Add(kMoveCount, "", 1);
      AddAmount(before.value(), -absl::int128(declined), &lost);
      return recorder->Move(MoveBar::kLost, before, lost, Recorder::For::kAll);
    }
    case sales::v1::OPPORTUNITY_STATE_LOST:
      return recorder->Move(MoveBar::kLost, before, all, Recorder::For::kAll);
    case sales::v1::OPPORTUNITY_STATE_ABANDONED:
    default:
      return recorder->Move(MoveBar::kAbandoned, before, all, Recorder::For::kAll);
  }
}

// The value of an open deal changed: by currency, since another currency is another amount.
void ChangeValue(const Opportunity& before, const Opportunity& after, Recorder* recorder) {
  Measures change;
  AddAmount(after.value(), after.value().minor(), &change);
  AddAmount(before.value(), -absl::int128(before.value().minor()), &change);
  Measures raised, lowered;
  for (const std::string& currency : change.Currencies()) {
    const absl::int128 amount = change.Get(kMoveAmount, currency);
    (amount > 0 ? raised : lowered).Add(kMoveAmount, currency, amount);
  }
  for (const auto& [bar, sums] :
       {std::pair(MoveBar::kRaised, &raised), std::pair(MoveBar::kLowered, &lowered)}) {
    if (sums->empty()) continue;
    sums->Add(kMoveCount, "", 1);
    recorder->Move(bar, after, *sums, Recorder::For::kAll);
  }
}

absl::CivilDay DayOf(const type::v1::Date& date) {
  return absl::CivilDay(date.year(), date.month(), date.day());
}

absl::Status Apply(const Change& change, RowTx& tx) {
  const auto& after = static_cast<const Opportunity&>(change.after);
  Recorder recorder(change, tx);
  if (change.before == nullptr) {
    if (IsOpen(after)) {
      recorder.Move(MoveBar::kCreated, after, WholeDeal(after, 1), Recorder::For::kAll);
    }
    return recorder.status();
  }
  const auto& before = static_cast<const Opportunity&>(*change.before);
  if (IsOpen(before) && !IsOpen(after)) {
    Leave(before, after, &recorder);
  } else if (!IsOpen(before) && IsOpen(after)) {
    recorder.Move(before.archived() ? MoveBar::kRestored : MoveBar::kReopened, after,
                  WholeDeal(after, 1), Recorder::For::kAll);
  } else if (IsOpen(after)) {
    // Between processes for everybody; between owners only for the two.
    const bool other_process = before.process_id() != after.process_id();
    if (other_process || before.owner_id() != after.owner_id()) {
      const auto whom = other_process ? Recorder::For::kAll : Recorder::For::kOwner;
      Opportunity moved = before;
      moved.set_owner_id(after.owner_id());
      moved.set_process_id(after.process_id());
      recorder.Move(MoveBar::kTransferredOut, before, WholeDeal(before, -1), whom);
      recorder.Move(MoveBar::kTransferredIn, moved, WholeDeal(before, 1), whom);
    }
    ChangeValue(before, after, &recorder);
    if (before.has_expected_close_date() && after.has_expected_close_date() &&
        DayOf(after.expected_close_date()) > DayOf(before.expected_close_date())) {
      recorder.Push(after);
    }
  }
  return recorder.status();
}

absl::Status Damaged() {
  return Reject(Reason::REASON_DATA_LOSS, "a row of the pipeline moves cannot be read");
}

bool ReadMove(absl::string_view key, absl::string_view value, PipelineMove* move) {
  constexpr size_t kHeadBytes = 1 + Uuid::kBytes;
  uint8_t kind = 0, bar = 0, everybody = 0;
  KeyReader key_reader(key);
  if (!key_reader.U8(&kind) || !key_reader.U8(&bar) || !key_reader.U64(&move->position) ||
      !key_reader.Id(&move->opportunity_id) || !key_reader.Id(&move->owner_id)) {
    return false;
  }
  if (value.size() < kHeadBytes) return false;
  KeyReader head(value.substr(0, kHeadBytes));
  auto sums = Measures::Decode(value.substr(kHeadBytes));
  if (!head.U8(&everybody) || !head.Id(&move->process_id) || !sums.ok()) return false;
  move->between_owners = everybody == 0;
  move->sums = *std::move(sums);
  return true;
}

}  // namespace

absl::StatusOr<std::vector<BarSums>> ReadBars(const Snapshot& snapshot, const MoveQuery& query) {
  Key head;
  head.U8(kSumsRow).Id(query.owner_id);
  if (!query.process_id.empty()) head.Id(query.process_id);
  constexpr size_t kBarAt = 1 + 2 * Uuid::kBytes;
  std::map<uint8_t, Measures> bars;
  absl::Status status;
  DAYBOOK_RETURN_IF_ERROR(snapshot.ScanRows(kPipelineMovesView, head.bytes(),
                                            PrefixEnd(head.bytes()),
                                            [&](absl::string_view key, absl::string_view value) {
                                              const auto sums = Measures::Decode(value);
                                              if (key.size() != kBarAt + 1 || !sums.ok()) {
                                                status = Damaged();
                                                return false;
                                              }
                                              bars[static_cast<uint8_t>(key[kBarAt])].Add(*sums, 1);
                                              return true;
                                            }));
  DAYBOOK_RETURN_IF_ERROR(status);
  std::vector<BarSums> result;
  for (auto& [bar, sums] : bars) result.push_back({static_cast<MoveBar>(bar), std::move(sums)});
  return result;
}

absl::StatusOr<std::vector<PipelineMove>> ReadMoves(const Snapshot& snapshot,
                                                    const MoveQuery& query, MoveBar bar,
                                                    eventstore::LogPosition after,
                                                    eventstore::LogPosition until, size_t limit) {
  const auto at = [&](eventstore::LogPosition position) {
    return Key().U8(kMoveRow).U8(static_cast<uint8_t>(bar)).U64(position).Take();
  };
  std::vector<PipelineMove> moves;
  absl::Status status;
  DAYBOOK_RETURN_IF_ERROR(snapshot.ScanRows(
      kPipelineMovesView, at(after + 1), at(until + 1),
      [&](absl::string_view key, absl::string_view value) {
        PipelineMove move;
        if (!ReadMove(key, value, &move)) {
          status = Damaged();
          return false;
        }
        const bool wanted =
            (query.owner_id.empty() ? !move.between_owners : query.owner_id == move.owner_id) &&
            (query.process_id.empty() || query.process_id == move.process_id);
        if (wanted) moves.push_back(std::move(move));
        return moves.size() < limit;
      }));
  DAYBOOK_RETURN_IF_ERROR(status);
  return moves;
}

absl::StatusOr<int> ReadPushes(const Snapshot& snapshot, absl::string_view opportunity_id) {
  DAYBOOK_ASSIGN_OR_RETURN(
      const auto row,
      snapshot.GetRow(kPipelineMovesView, Key().U8(kPushesRow).Id(opportunity_id).bytes()));
  if (!row.has_value()) return 0;
  if (row->size() != 4) return Damaged();
  return static_cast<int>(LoadU32(row->data()));
}

Projection PipelineMoves() {
  Projection view;
  view.name = kPipelineMovesView;
  view.version = 1;
  view.apply = &Apply;
  view.aggregates = {"opportunity"};
  return view;
}

}  // namespace daybook::projections
