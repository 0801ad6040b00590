#include "projections/record_walk.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "domain/base/check.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"
#include "projections/key.h"
#include "projections/list_page.h"
#include "projections/list_plan.h"
#include "projections/record_row.h"

namespace daybook::projections {

namespace {

using google::protobuf::Message;

constexpr size_t kBlock = 256;  // rows fetched at once

absl::Status TooMany() {
  return Reject(Reason::REASON_LIMIT_EXCEEDED,
                absl::StrCat("the question looks at more than ", kScanBudget,
                             " records; narrow it by a period or by indexed fields"),
                {{"limit", absl::StrCat(kScanBudget)}});
}

// The ids in the ranges of one index, one step at a time.
class IdWalk {
 public:
  IdWalk(const RowReader& reader, const Published::View& view, const IndexAccess& access)
      : reader_(reader), view_(view), access_(access) {}

  // False at the end of the ranges.
  absl::StatusOr<bool> Step() {
    while (cursor_ == nullptr || !cursor_->Valid()) {
      if (cursor_ != nullptr) DAYBOOK_RETURN_IF_ERROR(cursor_->status());
      if (next_range_ == access_.ranges.size()) return false;
      const IndexRange& range = access_.ranges[next_range_++];
      cursor_ = reader_.Scan(view_, range.first, range.last);
    }
    const absl::string_view key = cursor_->key();
    ids_.push_back(Uuid::FromBytes(key.substr(key.size() - Uuid::kBytes)));
    cursor_->Next();
    return true;
  }
  const std::vector<Uuid>& ids() const { return ids_; }

 private:
  const RowReader& reader_;
  const Published::View& view_;
  const IndexAccess& access_;
  std::unique_ptr<RowCursor> cursor_;
  size_t next_range_ = 0;
  std::vector<Uuid> ids_;
};

class RecordWalk {
 public:
  RecordWalk(const WalkSource& source, const Published::View& view,
             const domain::ObjectType& object, const domain::BoundFilter& filter,
             Snapshot::RecordVisitor visit)
      : source_(source),
        reader_(source.reader),
        view_(view),
        object_(object),
        type_(RecordTypeOf(object)),
        filter_(filter),
        visit_(visit),
        record_(type_.aggregate->record->New()) {}

  absl::Status Run() {
    DAYBOOK_RETURN_IF_ERROR(OfferAll());
    return Settle();
  }

 private:
  absl::Status OfferAll() {
    DAYBOOK_ASSIGN_OR_RETURN(const ListPlan plan, MakeListPlan(object_, filter_, {}));
    computed_ = plan.computed;
    DAYBOOK_CHECK(!computed_ || source_.computed != nullptr, "somebody computes the fields");
    if (plan.personal) {
      return Reject(Reason::REASON_FIELD_NOT_FILTERABLE,
                    "the filter names a personal field, whose past cannot be read; filter by other "
                    "fields");
    }
    if (plan.by_id) {
      std::vector<Uuid> ids;
      for (const std::string& text : plan.ids) {
        if (const auto id = Uuid::Parse(text); id.ok()) ids.push_back(*id);
      }
      std::sort(ids.begin(), ids.end());
      ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
      return Fetch(ids);
    }
    std::vector<const IndexAccess*> accesses;
    if (plan.has_ordered && plan.ordered.bound > 0) accesses.push_back(&plan.ordered);
    for (const IndexAccess& access : plan.narrowing) accesses.push_back(&access);
    if (accesses.empty()) return ScanAll();
    return FetchShortest(accesses);
  }

  // Each of the ranges holds all that fits; they are walked side by side until one of them ends.
  absl::Status FetchShortest(const std::vector<const IndexAccess*>& accesses) {
    std::vector<IdWalk> walks;
    walks.reserve(accesses.size());
    for (const IndexAccess* access : accesses) walks.emplace_back(reader_, view_, *access);
    for (size_t steps = 0; steps <= kScanBudget; ++steps) {
      for (IdWalk& walk : walks) {
        DAYBOOK_ASSIGN_OR_RETURN(const bool more, walk.Step());
        if (!more) return Fetch(walk.ids());
      }
    }
    return TooMany();
  }

  absl::Status Fetch(const std::vector<Uuid>& ids) {
    for (size_t from = 0; from < ids.size(); from += kBlock) {
      const size_t to = std::min(ids.size(), from + kBlock);
      std::vector<std::string> keys;
      for (size_t i = from; i < to; ++i) keys.push_back(RecordKey(type_.object->id(), ids[i]));
      const std::vector<absl::string_view> views(keys.begin(), keys.end());
      DAYBOOK_RETURN_IF_ERROR(reader_.MultiGet(
          view_, views,
          [&](size_t, const absl::string_view* row) {
            return row == nullptr ? absl::OkStatus() : Offer(*row);
          },
          Remember::kNo));
    }
    return absl::OkStatus();
  }

  absl::Status ScanAll() {
    const std::string prefix = RecordPrefix(type_.object->id());
    const auto cursor = reader_.Scan(view_, prefix, PrefixEnd(prefix));
    for (size_t seen = 0; cursor->Valid(); cursor->Next()) {
      if (++seen > kScanBudget) return TooMany();
      DAYBOOK_RETURN_IF_ERROR(Offer(cursor->value()));
    }
    return cursor->status();
  }

  absl::Status Offer(absl::string_view row) {
    DAYBOOK_RETURN_IF_ERROR(DecodeRecordRow(row, record_.get(), nullptr));
    if (!computed_) {
      return domain::Matches(filter_, *record_) ? visit_(*record_) : absl::OkStatus();
    }
    if (!domain::MayMatch(filter_, *record_)) return absl::OkStatus();
    aside_.push_back(std::exchange(record_, std::unique_ptr<Message>(record_->New())));
    return aside_.size() < kComputedBlock ? absl::OkStatus() : Settle();
  }

  // Visits those of the records set aside that fit by their computed values.
  absl::Status Settle() {
    if (aside_.empty()) return absl::OkStatus();
    std::vector<Message*> records;
    for (const auto& record : aside_) records.push_back(record.get());
    DAYBOOK_RETURN_IF_ERROR(source_.computed->Compute(source_.at, records));
    for (const auto& record : aside_) {
      if (domain::Matches(filter_, *record)) DAYBOOK_RETURN_IF_ERROR(visit_(*record));
    }
    aside_.clear();
    return absl::OkStatus();
  }

  const WalkSource& source_;
  const RowReader& reader_;
  const Published::View& view_;
  const domain::ObjectType& object_;
  const RecordType& type_;
  const domain::BoundFilter& filter_;
  const Snapshot::RecordVisitor visit_;
  std::unique_ptr<Message> record_;
  bool computed_ = false;
  std::vector<std::unique_ptr<Message>> aside_;
};

}  // namespace

absl::Status WalkRecords(const WalkSource& source, const domain::ObjectType& type,
                         const domain::BoundFilter& filter, Snapshot::RecordVisitor visit) {
  DAYBOOK_ASSIGN_OR_RETURN(const Published::View* view, source.reader.FindView(kRecordsView));
  return RecordWalk(source, *view, type, filter, visit).Run();
}

}  // namespace daybook::projections
