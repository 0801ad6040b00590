#include "domain/record/tree.h"

#include "absl/strings/str_cat.h"
#include "domain/base/check.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"

namespace daybook::domain {
namespace {

using google::protobuf::Message;

std::string ParentOf(const Message& record) {
  const auto* field = record.GetDescriptor()->FindFieldByName("parent_id");
  DAYBOOK_CHECK(field != nullptr, "records of a tree have a parent_id");
  return record.GetReflection()->GetString(record, field);
}

}  // namespace

absl::Status LoadAncestors(absl::string_view aggregate, absl::string_view parent_id,
                           FactLoader& loader) {
  std::string at(parent_id);
  // One more than the limit shows that it is exceeded.
  for (int level = 0; level <= kTreeDepthMax && !at.empty(); ++level) {
    DAYBOOK_ASSIGN_OR_RETURN(const Message* record, loader.Load(aggregate, at));
    if (record == nullptr) break;
    at = ParentOf(*record);
  }
  return absl::OkStatus();
}

absl::Status CheckParent(absl::string_view aggregate, absl::string_view id,
                         absl::string_view parent_id, const Facts& facts, int subtree_height) {
  if (parent_id.empty()) return absl::OkStatus();
  if (parent_id == id) {
    return Reject(Reason::REASON_CYCLE, absl::StrCat("a ", aggregate, " cannot be its own parent"),
                  {{"field", "parent_id"}});
  }
  if (facts.Find(aggregate, parent_id) == nullptr) {
    return Reject(Reason::REASON_REFERENCE_NOT_FOUND,
                  absl::StrCat("there is no ", aggregate, " ", parent_id, " to be the parent"),
                  {{"field", "parent_id"}, {"aggregate", aggregate}});
  }
  int ancestors = 0;
  std::string at(parent_id);
  while (!at.empty() && ancestors <= kTreeDepthMax) {
    const Message* record = facts.Find(aggregate, at);
    if (record == nullptr) break;
    if (at == id) {
      return Reject(Reason::REASON_CYCLE,
                    absl::StrCat(aggregate, " ", parent_id, " lies below ", id,
                                 " and cannot become its parent"),
                    {{"field", "parent_id"}});
    }
    ++ancestors;
    at = ParentOf(*record);
  }
  // The record's own level counts as one.
  if (ancestors + 1 + subtree_height > kTreeDepthMax) {
    return Reject(Reason::REASON_DEPTH_LIMIT,
                  absl::StrCat("the tree would become deeper than ", kTreeDepthMax, " levels"),
                  {{"field", "parent_id"}, {"limit", absl::StrCat(kTreeDepthMax)}});
  }
  return absl::OkStatus();
}

}  // namespace daybook::domain
