#include "projections/stage_intervals.h"

#include <algorithm>

#include "daybook/sales/v1/opportunity_events.pb.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"
#include "domain/base/strings.h"
#include "domain/base/time.h"
#include "projections/key.h"

namespace daybook::projections {

namespace {

namespace pb = sales::v1;

// Rows. DO NOT CHANGE: on disk.
//   0x01 ‖ deal                    the stay that lasts, with the number of stays before it
//   0x02 ‖ deal ‖ u32 number       a stay that has ended
//   0x03 ‖ process ‖ stage         sums
enum RowKind : uint8_t { kLastsRow = 1, kEndedRow = 2, kTotalRow = 3 };

enum TotalMeasure : uint8_t { kStays = 1, kMicroseconds = 2, kOpen = 3 };

struct Lasting {
  uint32_t number = 0;
  bool open = false;  // false: the deal is closed; the rest is of the last stay
  uint64_t position = 0;
  int64_t entered_us = 0;
  std::string process_id;
  std::string stage;
};

std::string Encode(const Lasting& row) {
  return Key()
      .U32(row.number)
      .U8(row.open ? 1 : 0)
      .U64(row.position)
      .U64(static_cast<uint64_t>(row.entered_us))
      .Id(row.process_id)
      .Text(row.stage)
      .Take();
}

absl::Status Damaged() {
  return Reject(Reason::REASON_DATA_LOSS, "a row of the stage intervals cannot be read");
}

absl::StatusOr<Lasting> DecodeLasting(absl::string_view bytes) {
  Lasting row;
  uint8_t open = 0;
  uint64_t entered = 0;
  KeyReader reader(bytes);
  if (!reader.U32(&row.number) || !reader.U8(&open) || !reader.U64(&row.position) ||
      !reader.U64(&entered) || !reader.Id(&row.process_id) || !reader.Text(&row.stage) ||
      !reader.done()) {
    return Damaged();
  }
  row.open = open != 0;
  row.entered_us = static_cast<int64_t>(entered);
  return row;
}

std::string LastsKey(absl::string_view deal) { return Key().U8(kLastsRow).IdBytes(deal).Take(); }

absl::Status AddToTotal(const Lasting& row, int open, int stays, int64_t micros, RowTx& tx) {
  const std::string key = Key().U8(kTotalRow).Id(row.process_id).Text(row.stage).Take();
  DAYBOOK_ASSIGN_OR_RETURN(const std::optional<std::string> stored, tx.Get(key));
  Measures sums;
  if (stored.has_value()) {
    DAYBOOK_ASSIGN_OR_RETURN(sums, Measures::Decode(*stored));
  }
  sums.Add(kOpen, "", open);
  sums.Add(kStays, "", stays);
  sums.Add(kMicroseconds, "", micros);
  if (sums.empty()) {
    tx.Delete(key);
  } else {
    tx.Put(key, sums.Encode());
  }
  return absl::OkStatus();
}

absl::Status Enter(Lasting row, const Change& change, int64_t at_us, RowTx& tx) {
  const auto& deal = static_cast<const pb::Opportunity&>(change.after);
  row.open = true;
  row.position = change.recorded.position;
  row.entered_us = at_us;
  row.process_id = deal.process_id();
  row.stage = deal.stage();
  tx.Put(LastsKey(change.recorded.stream.id.bytes()), Encode(row));
  return AddToTotal(row, 1, 0, 0, tx);
}

absl::StatusOr<std::optional<Lasting>> Find(const Change& change, RowTx& tx) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::optional<std::string> stored,
                           tx.Get(LastsKey(change.recorded.stream.id.bytes())));
  if (!stored.has_value()) return std::optional<Lasting>();
  DAYBOOK_ASSIGN_OR_RETURN(Lasting row, DecodeLasting(*stored));
  return std::optional<Lasting>(std::move(row));
}

// Ends the stay that lasts; returns when it ended, so that the next one follows without a gap.
absl::StatusOr<int64_t> Leave(Lasting* row, const Change& change, int64_t at_us,
                              absl::string_view to, RowTx& tx) {
  if (!row->open) return at_us;
  const int64_t left_us = std::max(at_us, row->entered_us);
  const std::string key =
      Key().U8(kEndedRow).IdBytes(change.recorded.stream.id.bytes()).U32(row->number).Take();
  tx.PutNew(key, Encode(*row) + Key().U64(static_cast<uint64_t>(left_us)).Text(to).Take());
  DAYBOOK_RETURN_IF_ERROR(AddToTotal(*row, -1, 1, left_us - row->entered_us, tx));
  row->open = false;
  ++row->number;
  return left_us;
}

int64_t EffectiveMicros(const Change& change) {
  return absl::ToUnixMicros(change.recorded.effective_at);
}

absl::Status OnCreated(const pb::OpportunityCreated& event, const Change& change, RowTx& tx) {
  const pb::Opportunity& deal = event.opportunity();
  int64_t at = EffectiveMicros(change);
  if (deal.has_open_time()) {
    at = deal.open_time().seconds() * 1'000'000 + deal.open_time().nanos() / 1000;
  }
  return Enter({}, change, at, tx);
}

absl::Status Move(absl::string_view to, const Change& change, RowTx& tx) {
  DAYBOOK_ASSIGN_OR_RETURN(std::optional<Lasting> row, Find(change, tx));
  if (!row.has_value()) return absl::OkStatus();
  DAYBOOK_ASSIGN_OR_RETURN(const int64_t at, Leave(&*row, change, EffectiveMicros(change), to, tx));
  return Enter(*std::move(row), change, at, tx);
}

absl::Status OnStageChanged(const pb::OpportunityStageChanged& event, const Change& change,
                            RowTx& tx) {
  return Move(ToAbsl(event.to()), change, tx);
}

// A stage that the new version has too is not left.
absl::Status OnProcessMigrated(const pb::OpportunityProcessMigrated& event, const Change& change,
                               RowTx& tx) {
  if (event.from_stage() == event.to_stage()) return absl::OkStatus();
  return Move(ToAbsl(event.to_stage()), change, tx);
}

// Another process, or a version of it, may come with the project.
absl::Status OnProjectChanged(const pb::OpportunityProjectChanged& event, const Change& change,
                              RowTx& tx) {
  if (event.from_process_id() == event.to_process_id() && event.from_stage() == event.to_stage()) {
    return absl::OkStatus();
  }
  return Move(ToAbsl(event.to_stage()), change, tx);
}

absl::Status Close(bool has_time, const google::protobuf::Timestamp& time, const Change& change,
                   absl::string_view outcome, RowTx& tx) {
  DAYBOOK_ASSIGN_OR_RETURN(std::optional<Lasting> row, Find(change, tx));
  if (!row.has_value()) return absl::OkStatus();
  const int64_t at =
      has_time ? time.seconds() * 1'000'000 + time.nanos() / 1000 : EffectiveMicros(change);
  DAYBOOK_RETURN_IF_ERROR(Leave(&*row, change, at, outcome, tx).status());
  tx.Put(LastsKey(change.recorded.stream.id.bytes()), Encode(*row));
  return absl::OkStatus();
}

absl::Status OnWon(const pb::OpportunityWon& event, const Change& change, RowTx& tx) {
  return Close(event.has_close_time(), event.close_time(), change, "won", tx);
}

absl::Status OnPartiallyWon(const pb::OpportunityPartiallyWon& event, const Change& change,
                            RowTx& tx) {
  return Close(event.has_close_time(), event.close_time(), change, "partially_won", tx);
}

absl::Status OnLost(const pb::OpportunityLost& event, const Change& change, RowTx& tx) {
  return Close(event.has_close_time(), event.close_time(), change, "lost", tx);
}

absl::Status OnAbandoned(const pb::OpportunityAbandoned& event, const Change& change, RowTx& tx) {
  return Close(event.has_close_time(), event.close_time(), change, "abandoned", tx);
}

absl::Status OnReopened(const pb::OpportunityReopened& event, const Change& change, RowTx& tx) {
  DAYBOOK_ASSIGN_OR_RETURN(std::optional<Lasting> row, Find(change, tx));
  if (!row.has_value() || row->open) return absl::OkStatus();
  return Enter(*std::move(row), change, EffectiveMicros(change), tx);
}

struct Ended {
  StageStay stay;
  std::string process_id;
};

bool DecodeEnded(absl::string_view bytes, Ended* ended) {
  uint32_t number = 0;
  uint8_t open = 0;
  uint64_t entered = 0, left = 0;
  StageStay* stay = &ended->stay;
  KeyReader reader(bytes);
  if (!reader.U32(&number) || !reader.U8(&open) || !reader.U64(&stay->position) ||
      !reader.U64(&entered) || !reader.Id(&ended->process_id) || !reader.Text(&stay->stage) ||
      !reader.U64(&left) || !reader.Text(&stay->left_to) || !reader.done()) {
    return false;
  }
  stay->entered_at = absl::FromUnixMicros(static_cast<int64_t>(entered));
  stay->left_at = absl::FromUnixMicros(static_cast<int64_t>(left));
  return true;
}

// What the stays of a deal gave to the sums goes with the deal, and comes back with it. Its own
// rows stay.
absl::Status AddStays(const Change& change, const Lasting& row, int sign, RowTx& tx) {
  for (uint32_t number = 0; number < row.number; ++number) {
    const std::string key =
        Key().U8(kEndedRow).IdBytes(change.recorded.stream.id.bytes()).U32(number).Take();
    DAYBOOK_ASSIGN_OR_RETURN(const std::optional<std::string> stored, tx.Get(key));
    Ended ended;
    if (!stored.has_value() || !DecodeEnded(*stored, &ended)) return Damaged();
    Lasting stay;
    stay.process_id = ended.process_id;
    stay.stage = ended.stay.stage;
    const int64_t micros = absl::ToInt64Microseconds(*ended.stay.left_at - ended.stay.entered_at);
    DAYBOOK_RETURN_IF_ERROR(AddToTotal(stay, 0, sign, sign * micros, tx));
  }
  return AddToTotal(row, row.open ? sign : 0, 0, 0, tx);
}

absl::Status OnArchived(const pb::OpportunityArchived&, const Change& change, RowTx& tx) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::optional<Lasting> row, Find(change, tx));
  return row.has_value() ? AddStays(change, *row, -1, tx) : absl::OkStatus();
}

absl::Status OnRestored(const pb::OpportunityRestored&, const Change& change, RowTx& tx) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::optional<Lasting> row, Find(change, tx));
  return row.has_value() ? AddStays(change, *row, 1, tx) : absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<StageStay>> ReadStageStays(const Snapshot& snapshot,
                                                      absl::string_view opportunity_id) {
  std::vector<StageStay> stays;
  bool readable = true;
  const std::string ended = Key().U8(kEndedRow).Id(opportunity_id).Take();
  DAYBOOK_RETURN_IF_ERROR(snapshot.ScanRows(kStageIntervalsView, ended, PrefixEnd(ended),
                                            [&](absl::string_view, absl::string_view value) {
                                              Ended row;
                                              readable = DecodeEnded(value, &row);
                                              stays.push_back(std::move(row.stay));
                                              return readable;
                                            }));
  if (!readable) return Damaged();
  DAYBOOK_ASSIGN_OR_RETURN(
      const std::optional<std::string> lasts,
      snapshot.GetRow(kStageIntervalsView, Key().U8(kLastsRow).Id(opportunity_id).bytes()));
  if (!lasts.has_value()) return stays;
  DAYBOOK_ASSIGN_OR_RETURN(const Lasting row, DecodeLasting(*lasts));
  if (!row.open) return stays;
  StageStay& stay = stays.emplace_back();
  stay.stage = row.stage;
  stay.entered_at = absl::FromUnixMicros(row.entered_us);
  stay.position = row.position;
  return stays;
}

absl::StatusOr<std::vector<StageTotal>> ReadStageTotals(const Snapshot& snapshot,
                                                        absl::string_view process_id) {
  Key head;
  head.U8(kTotalRow);
  if (!process_id.empty()) head.Id(process_id);
  std::vector<StageTotal> totals;
  absl::Status status;
  const auto add = [&](absl::string_view key, absl::string_view value) -> absl::Status {
    StageTotal total;
    uint8_t kind = 0;
    KeyReader reader(key);
    if (!reader.U8(&kind) || !reader.Id(&total.process_id) || !reader.Text(&total.stage)) {
      return Damaged();
    }
    DAYBOOK_ASSIGN_OR_RETURN(const Measures sums, Measures::Decode(value));
    total.stays = static_cast<int64_t>(sums.Get(kStays));
    total.total_seconds = static_cast<int64_t>(sums.Get(kMicroseconds) / 1'000'000);
    total.open = static_cast<int64_t>(sums.Get(kOpen));
    totals.push_back(std::move(total));
    return absl::OkStatus();
  };
  DAYBOOK_RETURN_IF_ERROR(snapshot.ScanRows(kStageIntervalsView, head.bytes(),
                                            PrefixEnd(head.bytes()),
                                            [&](absl::string_view key, absl::string_view value) {
                                              status = add(key, value);
                                              return status.ok();
                                            }));
  if (!status.ok()) return status;
  return totals;
}

Projection StageIntervals() {
  return Handlers(kStageIntervalsView, 1)
      .Of("opportunity")
      .On(&OnCreated)
      .On(&OnStageChanged)
      .On(&OnProcessMigrated)
      .On(&OnProjectChanged)
      .On(&OnArchived)
      .On(&OnRestored)
      .On(&OnWon)
      .On(&OnPartiallyWon)
      .On(&OnLost)
      .On(&OnAbandoned)
      .On(&OnReopened)
      .Done();
}

}  // namespace daybook::projections
