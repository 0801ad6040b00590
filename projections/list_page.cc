#include "projections/list_page.h"

#include <utility>

#include "domain/base/status_macros.h"

namespace daybook::projections {

PageRows::PageRows(const ListQuery& query, const RecordType& type, const ListPlan& plan,
                   const Snapshot* at, const eventstore::KeyStore& keys)
    : query_(query),
      type_(type),
      plan_(plan),
      at_(at),
      opener_(keys),
      scratch_(type.aggregate->record->New()) {}

absl::StatusOr<bool> PageRows::Fits(absl::string_view row) {
  DAYBOOK_RETURN_IF_ERROR(
      DecodeRecordRow(row, scratch_.get(), type_.personal_record ? &parts_ : nullptr));
  if (plan_.personal) DAYBOOK_RETURN_IF_ERROR(opener_.Open(parts_, scratch_.get()));
  return plan_.computed ? domain::MayMatch(query_.filter, *scratch_)
                        : domain::Matches(query_.filter, *scratch_);
}

void PageRows::MoveParsed(KeptRow* to) {
  to->record = std::move(scratch_);
  to->parts = std::move(parts_);
  scratch_.reset(type_.aggregate->record->New());
  parts_.clear();
}

void PageRows::SetAside(std::string sort_key) {
  KeptRow& row = aside_.emplace_back();
  row.sort_key = std::move(sort_key);
  MoveParsed(&row);
}

absl::StatusOr<std::vector<KeptRow>> PageRows::Settle() {
  std::vector<google::protobuf::Message*> records;
  for (const KeptRow& row : aside_) records.push_back(row.record.get());
  if (!records.empty()) DAYBOOK_RETURN_IF_ERROR(query_.computed->Compute(*at_, records));
  std::erase_if(aside_,
                [&](const KeptRow& row) { return !domain::Matches(query_.filter, *row.record); });
  return std::exchange(aside_, {});
}

absl::Status PageRows::Keep(absl::string_view row, bool parsed) {
  KeptRow& kept = kept_.emplace_back();
  if (query_.serialized) {
    DAYBOOK_ASSIGN_OR_RETURN(const RecordRow split, SplitRecordRow(row));
    kept.is_row = !split.parts.empty();
    kept.bytes = std::string(kept.is_row ? row : split.resource);
  } else if (parsed) {
    MoveParsed(&kept);
  } else {
    kept.is_row = true;
    kept.bytes = std::string(row);
  }
  return absl::OkStatus();
}

absl::Status PageRows::Fill(ListPage* page) {
  for (KeptRow& kept : kept_) {
    if (query_.serialized) {
      if (kept.is_row) DAYBOOK_RETURN_IF_ERROR(OpenSealed(&kept.bytes));
      page->serialized.push_back(std::move(kept.bytes));
      continue;
    }
    if (kept.is_row) {
      kept.record.reset(type_.aggregate->record->New());
      DAYBOOK_RETURN_IF_ERROR(DecodeRecordRow(kept.bytes, kept.record.get(),
                                              type_.personal_record ? &kept.parts : nullptr));
    }
    // What is compared was opened to be compared.
    if (!plan_.personal) DAYBOOK_RETURN_IF_ERROR(opener_.Open(kept.parts, kept.record.get()));
    page->records.push_back(std::move(kept.record));
  }
  return absl::OkStatus();
}

// From a row to the serialized record with its personal values.
absl::Status PageRows::OpenSealed(std::string* bytes) {
  DAYBOOK_RETURN_IF_ERROR(DecodeRecordRow(*bytes, scratch_.get(), &parts_));
  DAYBOOK_RETURN_IF_ERROR(opener_.Open(parts_, scratch_.get()));
  scratch_->SerializeToString(bytes);
  return absl::OkStatus();
}

}  // namespace daybook::projections
