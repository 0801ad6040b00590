#include "projections/loss_reviews.h"

#include <map>
#include <tuple>

#include "domain/base/error.h"
#include "domain/base/status_macros.h"
#include "domain/base/strings.h"
#include "projections/key.h"

namespace daybook::projections {

namespace {

namespace pb = sales::v1;

// Keys. DO NOT CHANGE: on disk.
//   0x01 ‖ day opened ‖ group ‖ reason given ‖ reason found ‖ verdict
//   0x02 ‖ group ‖ day due ‖ state ‖ fallback       open and taken reviews only
enum Level : uint8_t { kCells = 1, kQueues = 2 };

std::optional<absl::CivilDay> DayOf(bool has, const type::v1::Date& date) {
  if (!has) return std::nullopt;
  return absl::CivilDay(date.year(), date.month(), date.day());
}

void ContributeReview(const google::protobuf::Message& record, std::vector<Contribution>* out) {
  const auto& review = static_cast<const pb::LossReview&>(record);
  const absl::string_view unit = ToAbsl(review.unit_id());
  const bool reviewed = review.verdict() != pb::LOSS_VERDICT_UNSPECIFIED;
  if (reviewed || review.state() != pb::LOSS_REVIEW_STATE_CLOSED) {
    Contribution cell;
    cell.key = Key()
                   .U8(kCells)
                   .Day(DayOf(review.has_opened_date(), review.opened_date()))
                   .Id(unit)
                   .Id(ToAbsl(review.close_reason_id()))
                   .Id(ToAbsl(review.reviewed_reason_id()))
                   .U8(static_cast<uint8_t>(review.verdict()))
                   .Take();
    cell.measures.Add(kLossReviewCount, "", 1);
    if (!review.lost_value().currency().empty()) {
      cell.measures.Add(kLossReviewLost, ToAbsl(review.lost_value().currency()),
                        review.lost_value().minor());
    }
    out->push_back(std::move(cell));
  }
  if (review.state() != pb::LOSS_REVIEW_STATE_OPEN &&
      review.state() != pb::LOSS_REVIEW_STATE_TAKEN) {
    return;
  }
  Contribution queue;
  queue.key = Key()
                  .U8(kQueues)
                  .Id(unit)
                  .Day(DayOf(review.has_due_date(), review.due_date()))
                  .U8(static_cast<uint8_t>(review.state()))
                  .U8(review.fallback() ? 1 : 0)
                  .Take();
  queue.measures.Add(kLossReviewCount, "", 1);
  out->push_back(std::move(queue));
}

absl::Status Damaged() {
  return Reject(Reason::REASON_DATA_LOSS, "a row of the loss reviews cannot be read");
}

// Rows of [first, last) through `add`, which returns the first error.
template <class Add>
absl::Status Scan(const Snapshot& snapshot, const std::string& first, const std::string& last,
                  Add add) {
  absl::Status status;
  DAYBOOK_RETURN_IF_ERROR(snapshot.ScanRows(kLossReviewsView, first, last,
                                            [&](absl::string_view key, absl::string_view value) {
                                              const auto sums = Measures::Decode(value);
                                              status = sums.ok() ? add(key, *sums) : sums.status();
                                              return status.ok();
                                            }));
  return status;
}

}  // namespace

absl::StatusOr<std::vector<LossReviewCell>> ReadLossReviewCells(
    const Snapshot& snapshot, absl::string_view unit_id, const std::optional<BoardPeriod>& period) {
  std::string first = Key().U8(kCells).Take(), last = Key().U8(kQueues).Take();
  if (period.has_value()) {
    last = first + Key().Day(period->until).Take();
    first += Key().Day(period->from).Take();
  }
  std::map<std::tuple<std::string, std::string, uint8_t>, Measures> cells;
  const auto add = [&](absl::string_view key, const Measures& sums) {
    uint8_t level = 0, verdict = 0;
    std::optional<absl::CivilDay> day;
    std::string unit, given, found;
    KeyReader reader(key);
    if (!reader.U8(&level) || !reader.Day(&day) || !reader.Id(&unit) || !reader.Id(&given) ||
        !reader.Id(&found) || !reader.U8(&verdict) || !reader.done()) {
      return Damaged();
    }
    if (!unit_id.empty() && unit_id != unit) return absl::OkStatus();
    cells[{given, found, verdict}].Add(sums, 1);
    return absl::OkStatus();
  };
  DAYBOOK_RETURN_IF_ERROR(Scan(snapshot, first, last, add));
  std::vector<LossReviewCell> result;
  for (auto& [key, sums] : cells) {
    const auto& [given, found, verdict] = key;
    result.push_back({given, found, static_cast<pb::LossVerdict>(verdict), std::move(sums)});
  }
  return result;
}

absl::StatusOr<std::vector<LossReviewQueue>> ReadLossReviewQueues(const Snapshot& snapshot,
                                                                  absl::string_view unit_id,
                                                                  absl::CivilDay day) {
  Key head;
  head.U8(kQueues);
  if (!unit_id.empty()) head.Id(unit_id);
  std::vector<LossReviewQueue> queues;
  const auto add = [&](absl::string_view key, const Measures& sums) {
    uint8_t level = 0, state = 0, fallback = 0;
    std::optional<absl::CivilDay> due;
    std::string unit;
    KeyReader reader(key);
    if (!reader.U8(&level) || !reader.Id(&unit) || !reader.Day(&due) || !reader.U8(&state) ||
        !reader.U8(&fallback) || !reader.done()) {
      return Damaged();
    }
    if (queues.empty() || queues.back().unit_id != unit) queues.push_back({unit});
    LossReviewQueue& queue = queues.back();
    const auto count = static_cast<int64_t>(sums.Get(kLossReviewCount));
    (state == pb::LOSS_REVIEW_STATE_OPEN ? queue.open : queue.taken) += count;
    if (due.has_value() && *due < day) queue.overdue += count;
    if (fallback != 0) queue.fallback += count;
    return absl::OkStatus();
  };
  DAYBOOK_RETURN_IF_ERROR(Scan(snapshot, head.bytes(), PrefixEnd(head.bytes()), add));
  return queues;
}

Projection LossReviews() {
  return Contributions(kLossReviewsView, 1, "loss_review", &ContributeReview);
}

}  // namespace daybook::projections
