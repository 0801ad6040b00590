#include "projections/lead_stays.h"

#include <algorithm>
#include <map>

#include "daybook/sales/v1/lead_events.pb.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"
#include "domain/base/strings.h"
#include "projections/key.h"

namespace daybook::projections {

namespace {

namespace pb = sales::v1;

// Rows. DO NOT CHANGE: on disk.
//   0x01 ‖ lead                      the stay that lasts, and whose the lead was how long
//   0x02 ‖ lead ‖ u32 number         a stay that has ended
//   0x03 ‖ owner ‖ 0x00              figures of a rep
//   0x03 ‖ owner ‖ state             stays of a rep in a state
//   0x04 ‖ 0x00, 0x04 ‖ state        the same of all leads
enum RowKind : uint8_t { kLastsRow = 1, kEndedRow = 2, kOwnerRow = 3, kAllRow = 4 };

// The time that a lead was somebody's.
struct Holding {
  std::string owner_id;
  int64_t unqualified_us = 0;  // not judged yet, since capture or return
  int64_t lead_us = 0;
};

struct Lasting {
  uint32_t number = 0;  // of stays before it
  bool open = false;    // false: no stay lasts; the rest is of the last one
  uint64_t position = 0;
  int64_t entered_us = 0;
  pb::LeadState state = pb::LEAD_STATE_NEW;
  std::string owner_id;
  std::vector<Holding> holdings;  // each owner once, in the order they came
};

void EncodeStay(const Lasting& row, Key* key) {
  key->U64(row.position)
      .U64(static_cast<uint64_t>(row.entered_us))
      .U8(static_cast<uint8_t>(row.state))
      .Id(row.owner_id);
}

std::string Encode(const Lasting& row) {
  Key key;
  key.U32(row.number).U8(row.open ? 1 : 0);
  EncodeStay(row, &key);
  key.U32(static_cast<uint32_t>(row.holdings.size()));
  for (const Holding& holding : row.holdings) {
    key.Id(holding.owner_id)
        .U64(static_cast<uint64_t>(holding.unqualified_us))
        .U64(static_cast<uint64_t>(holding.lead_us));
  }
  return key.Take();
}

absl::Status Damaged() {
  return Reject(Reason::REASON_DATA_LOSS, "a row of the stays of leads cannot be read");
}

bool DecodeStay(KeyReader* reader, Lasting* row) {
  uint64_t entered = 0;
  uint8_t state = 0;
  if (!reader->U64(&row->position) || !reader->U64(&entered) || !reader->U8(&state) ||
      !reader->Id(&row->owner_id)) {
    return false;
  }
  row->entered_us = static_cast<int64_t>(entered);
  row->state = static_cast<pb::LeadState>(state);
  return true;
}

absl::StatusOr<Lasting> DecodeLasting(absl::string_view bytes) {
  Lasting row;
  uint8_t open = 0;
  uint32_t count = 0;
  KeyReader reader(bytes);
  if (!reader.U32(&row.number) || !reader.U8(&open) || !DecodeStay(&reader, &row) ||
      !reader.U32(&count)) {
    return Damaged();
  }
  row.open = open != 0;
  for (uint32_t i = 0; i < count; ++i) {
    Holding& holding = row.holdings.emplace_back();
    uint64_t unqualified = 0;
    uint64_t lead = 0;
    if (!reader.Id(&holding.owner_id) || !reader.U64(&unqualified) || !reader.U64(&lead)) {
      return Damaged();
    }
    holding.unqualified_us = static_cast<int64_t>(unqualified);
    holding.lead_us = static_cast<int64_t>(lead);
  }
  if (!reader.done()) return Damaged();
  return row;
}

std::string LastsKey(const Change& change) {
  return Key().U8(kLastsRow).IdBytes(change.recorded.stream.id.bytes()).Take();
}

std::string FiguresKey(absl::string_view owner) {
  return Key().U8(kOwnerRow).Id(owner).U8(0).Take();
}

std::string AllKey(uint8_t state) { return Key().U8(kAllRow).U8(state).Take(); }

absl::Status AddTo(const std::string& key, const Measures& sums, RowTx& tx) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::optional<std::string> stored, tx.Get(key));
  Measures total;
  if (stored.has_value()) {
    DAYBOOK_ASSIGN_OR_RETURN(total, Measures::Decode(*stored));
  }
  total.Add(sums, 1);
  if (total.empty()) {
    tx.Delete(key);
  } else {
    tx.Put(key, total.Encode());
  }
  return absl::OkStatus();
}

absl::Status AddStay(const Lasting& row, int open, int ended, int64_t micros, RowTx& tx) {
  Measures sums;
  sums.Add(kLeadStaysOpen, "", open);
  sums.Add(kLeadStaysEnded, "", ended);
  sums.Add(kLeadStayMicros, "", micros);
  const auto state = static_cast<uint8_t>(row.state);
  DAYBOOK_RETURN_IF_ERROR(AddTo(Key().U8(kOwnerRow).Id(row.owner_id).U8(state).Take(), sums, tx));
  return AddTo(AllKey(state), sums, tx);
}

// To a rep's figures and to those of all.
absl::Status AddFigure(absl::string_view owner, LeadFigure figure, RowTx& tx) {
  Measures sums;
  sums.Add(figure, "", 1);
  DAYBOOK_RETURN_IF_ERROR(AddTo(FiguresKey(owner), sums, tx));
  return AddTo(AllKey(0), sums, tx);
}

bool EndsLead(pb::LeadState state) {
  return state == pb::LEAD_STATE_CONVERTED || state == pb::LEAD_STATE_DO_NOT_CONTACT;
}

bool IsUnqualified(pb::LeadState state) {
  return state == pb::LEAD_STATE_NEW || state == pb::LEAD_STATE_ASSIGNED ||
         state == pb::LEAD_STATE_WORKING;
}

int64_t EffectiveMicros(const Change& change) {
  return absl::ToUnixMicros(change.recorded.effective_at);
}

// Puts the row as it is after a change; begins a stay where the lead now is, if one begins there.
absl::Status Enter(Lasting row, const Change& change, int64_t at_us, RowTx& tx) {
  const auto& lead = static_cast<const pb::Lead&>(change.after);
  if (!lead.archived() && !EndsLead(lead.state())) {
    row.open = true;
    row.position = change.recorded.position;
    row.entered_us = at_us;
    row.state = lead.state();
    row.owner_id = lead.owner_id();
    DAYBOOK_RETURN_IF_ERROR(AddStay(row, 1, 0, 0, tx));
    const bool known = std::any_of(row.holdings.begin(), row.holdings.end(),
                                   [&](const Holding& h) { return h.owner_id == row.owner_id; });
    if (!known) {
      row.holdings.push_back({row.owner_id, 0, 0});
      Measures had;
      had.Add(kLeadsHad, "", 1);
      DAYBOOK_RETURN_IF_ERROR(AddTo(FiguresKey(row.owner_id), had, tx));
    }
  }
  tx.Put(LastsKey(change), Encode(row));
  return absl::OkStatus();
}

// Ends the stay that lasts; returns when it ended, so that the next one follows without a gap.
absl::StatusOr<int64_t> Leave(Lasting* row, const Change& change, RowTx& tx) {
  if (!row->open) return EffectiveMicros(change);
  const int64_t left_us = std::max(EffectiveMicros(change), row->entered_us);
  const int64_t stayed = left_us - row->entered_us;
  Key ended;
  EncodeStay(*row, &ended);
  ended.U64(static_cast<uint64_t>(left_us));
  tx.Put(Key().U8(kEndedRow).IdBytes(change.recorded.stream.id.bytes()).U32(row->number).Take(),
         ended.Take());
  DAYBOOK_RETURN_IF_ERROR(AddStay(*row, -1, 1, stayed, tx));
  for (Holding& holding : row->holdings) {
    if (holding.owner_id != row->owner_id) continue;
    holding.lead_us += stayed;
    if (IsUnqualified(row->state)) holding.unqualified_us += stayed;
  }
  row->open = false;
  ++row->number;
  return left_us;
}

absl::StatusOr<std::optional<Lasting>> Find(const Change& change, RowTx& tx) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::optional<std::string> stored, tx.Get(LastsKey(change)));
  if (!stored.has_value()) return std::optional<Lasting>();
  DAYBOOK_ASSIGN_OR_RETURN(Lasting row, DecodeLasting(*stored));
  return std::optional<Lasting>(std::move(row));
}

// To the figures of everybody who had the lead, and once to those of all. Whoever had it for no
// time at all, and has it no more, has no part in it.
absl::Status AddShares(const Lasting& row, LeadFigure count, LeadFigure micros,
                       int64_t Holding::*share, RowTx& tx) {
  int64_t total = 0;
  for (const Holding& holding : row.holdings) {
    total += holding.*share;
    if (holding.*share == 0 && holding.owner_id != row.owner_id) continue;
    Measures sums;
    sums.Add(count, "", 1);
    sums.Add(micros, "", holding.*share);
    DAYBOOK_RETURN_IF_ERROR(AddTo(FiguresKey(holding.owner_id), sums, tx));
  }
  Measures all;
  all.Add(count, "", 1);
  all.Add(micros, "", total);
  return AddTo(AllKey(0), all, tx);
}

void ForgetQualification(Lasting* row) {
  for (Holding& holding : row->holdings) holding.unqualified_us = 0;
}

absl::Status OnCaptured(const pb::LeadCaptured&, const Change& change, RowTx& tx) {
  Measures captured;
  captured.Add(kLeadsHad, "", 1);
  DAYBOOK_RETURN_IF_ERROR(AddTo(AllKey(0), captured, tx));
  return Enter({}, change, EffectiveMicros(change), tx);
}

// What every later event does; `judge` adds what its kind means.
absl::Status Move(const Change& change, RowTx& tx, absl::Status (*judge)(Lasting*, RowTx&)) {
  DAYBOOK_ASSIGN_OR_RETURN(std::optional<Lasting> row, Find(change, tx));
  if (!row.has_value()) return absl::OkStatus();
  DAYBOOK_ASSIGN_OR_RETURN(const int64_t at, Leave(&*row, change, tx));
  if (judge != nullptr) DAYBOOK_RETURN_IF_ERROR(judge(&*row, tx));
  return Enter(*std::move(row), change, at, tx);
}

// Leads change hands and states without more.
template <class Payload>
absl::Status OnMoved(const Payload&, const Change& change, RowTx& tx) {
  return Move(change, tx, nullptr);
}

absl::Status OnMarkedGood(const pb::LeadMarkedGood&, const Change& change, RowTx& tx) {
  return Move(change, tx, [](Lasting* row, RowTx& rows) {
    const absl::Status added =
        AddShares(*row, kLeadsQualified, kQualificationMicros, &Holding::unqualified_us, rows);
    ForgetQualification(row);
    return added;
  });
}

absl::Status OnMarkedBad(const pb::LeadMarkedBad&, const Change& change, RowTx& tx) {
  return Move(change, tx,
              [](Lasting* row, RowTx& rows) { return AddFigure(row->owner_id, kLeadsBad, rows); });
}

absl::Status OnReturned(const pb::LeadReturned&, const Change& change, RowTx& tx) {
  return Move(change, tx, [](Lasting* row, RowTx&) {
    ForgetQualification(row);
    return absl::OkStatus();
  });
}

absl::Status OnConverted(const pb::LeadConverted&, const Change& change, RowTx& tx) {
  return Move(change, tx, [](Lasting* row, RowTx& rows) {
    DAYBOOK_RETURN_IF_ERROR(AddFigure(row->owner_id, kLeadsConverted, rows));
    return AddShares(*row, kConvertedHad, kLeadMicros, &Holding::lead_us, rows);
  });
}

LeadStay StayOf(const Lasting& row) {
  LeadStay stay;
  stay.state = row.state;
  stay.owner_id = row.owner_id;
  stay.entered_at = absl::FromUnixMicros(row.entered_us);
  stay.position = row.position;
  return stay;
}

bool DecodeEnded(absl::string_view bytes, LeadStay* stay) {
  Lasting row;
  uint64_t left = 0;
  KeyReader reader(bytes);
  if (!DecodeStay(&reader, &row) || !reader.U64(&left) || !reader.done()) return false;
  *stay = StayOf(row);
  stay->left_at = absl::FromUnixMicros(static_cast<int64_t>(left));
  return true;
}

// Figures and states of the rows that begin with `head`, by owner.
absl::StatusOr<std::vector<LeadFigureSums>> ReadFigures(const Snapshot& snapshot,
                                                        const std::string& head) {
  std::map<std::string, LeadFigureSums> owners;
  absl::Status status;
  const auto add = [&](absl::string_view key, absl::string_view value) -> absl::Status {
    uint8_t kind = 0;
    uint8_t state = 0;
    std::string owner;
    KeyReader reader(key);
    if (!reader.U8(&kind) || (kind == kOwnerRow && !reader.Id(&owner)) || !reader.U8(&state) ||
        !reader.done()) {
      return Damaged();
    }
    LeadFigureSums& figures = owners[owner];
    figures.owner_id = owner;
    DAYBOOK_ASSIGN_OR_RETURN(Measures sums, Measures::Decode(value));
    if (state == 0) {
      figures.sums = std::move(sums);
    } else {
      figures.states.push_back({static_cast<pb::LeadState>(state), std::move(sums)});
    }
    return absl::OkStatus();
  };
  DAYBOOK_RETURN_IF_ERROR(snapshot.ScanRows(kLeadStaysView, head, PrefixEnd(head),
                                            [&](absl::string_view key, absl::string_view value) {
                                              status = add(key, value);
                                              return status.ok();
                                            }));
  if (!status.ok()) return status;
  std::vector<LeadFigureSums> all;
  for (auto& [owner, figures] : owners) all.push_back(std::move(figures));
  return all;
}

absl::StatusOr<LeadFigureSums> ReadOne(const Snapshot& snapshot, const std::string& head,
                                       absl::string_view owner_id) {
  DAYBOOK_ASSIGN_OR_RETURN(auto all, ReadFigures(snapshot, head));
  LeadFigureSums one;
  if (!all.empty()) one = std::move(all.front());
  one.owner_id = std::string(owner_id);
  return one;
}

}  // namespace

absl::StatusOr<std::vector<LeadStay>> ReadLeadStays(const Snapshot& snapshot,
                                                    absl::string_view lead_id) {
  std::vector<LeadStay> stays;
  bool readable = true;
  const std::string ended = Key().U8(kEndedRow).Id(lead_id).Take();
  DAYBOOK_RETURN_IF_ERROR(snapshot.ScanRows(
      kLeadStaysView, ended, PrefixEnd(ended), [&](absl::string_view, absl::string_view value) {
        return readable = DecodeEnded(value, &stays.emplace_back());
      }));
  if (!readable) return Damaged();
  DAYBOOK_ASSIGN_OR_RETURN(
      const std::optional<std::string> lasts,
      snapshot.GetRow(kLeadStaysView, Key().U8(kLastsRow).Id(lead_id).bytes()));
  if (!lasts.has_value()) return stays;
  DAYBOOK_ASSIGN_OR_RETURN(const Lasting row, DecodeLasting(*lasts));
  if (row.open) stays.push_back(StayOf(row));
  return stays;
}

absl::StatusOr<LeadFigureSums> ReadLeadFiguresOf(const Snapshot& snapshot,
                                                 absl::string_view owner_id) {
  return ReadOne(snapshot, Key().U8(kOwnerRow).Id(owner_id).Take(), owner_id);
}

absl::StatusOr<std::vector<LeadFigureSums>> ReadLeadFiguresByOwner(const Snapshot& snapshot) {
  return ReadFigures(snapshot, Key().U8(kOwnerRow).Take());
}

absl::StatusOr<LeadFigureSums> ReadLeadFigures(const Snapshot& snapshot) {
  return ReadOne(snapshot, Key().U8(kAllRow).Take(), "");
}

Projection LeadStays() {
  return Handlers(kLeadStaysView, 1)
      .Of("lead")
      .On(&OnCaptured)
      .On(&OnMoved<pb::LeadAssigned>)
      .On(&OnMoved<pb::LeadWorkingStarted>)
      .On(&OnMarkedGood)
      .On(&OnMarkedBad)
      .On(&OnMoved<pb::LeadRecycled>)
      .On(&OnReturned)
      .On(&OnMoved<pb::LeadDoNotContactSet>)
      .On(&OnConverted)
      .On(&OnMoved<pb::LeadArchived>)
      .On(&OnMoved<pb::LeadRestored>)
      .Done();
}

}  // namespace daybook::projections
