#include "cli/field_text.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "domain/fields/custom.h"

namespace daybook::cli {

namespace pb = ::daybook::setup::v1;

std::string DescribeRule(const pb::FieldDefinition& definition) {
  const auto filtered = [](const std::string& filter) {
    return filter.empty() ? std::string() : absl::StrCat(" where ", filter);
  };
  if (definition.has_lookup_rule()) {
    const pb::LookupRule& rule = definition.lookup_rule();
    const std::string pick =
        absl::AsciiStrToLower(domain::EnumValueName(*pb::LookupPick_descriptor(), rule.pick()));
    return absl::StrCat(
        rule.field(), " of ", rule.relation(), rule.pick() == 0 ? "" : absl::StrCat(", ", pick),
        rule.by().empty() ? "" : absl::StrCat(" by ", rule.by()), filtered(rule.filter()));
  }
  if (!definition.has_rollup_rule()) return "";
  const pb::RollupRule& rule = definition.rollup_rule();
  return absl::StrCat(absl::AsciiStrToLower(domain::EnumValueName(*pb::RollupOperation_descriptor(),
                                                                  rule.operation())),
                      rule.field().empty() ? "" : absl::StrCat(" of ", rule.field()), " over ",
                      rule.relation(), rule.subtree() ? " and below" : "", filtered(rule.filter()));
}

namespace {

std::string NameOf(pb::CustomFieldKind kind) {
  return domain::EnumValueName(*pb::CustomFieldKind_descriptor(), kind);
}

std::string DescribeLimits(const pb::FieldDefinition& definition) {
  std::vector<std::string> parts;
  if (definition.required()) parts.push_back("required");
  if (definition.personal()) parts.push_back("personal");
  if (definition.unique()) parts.push_back("unique");
  if (definition.covering()) parts.push_back("covering");
  if (definition.max_bytes() != 0) {
    parts.push_back(absl::StrCat("at most ", definition.max_bytes(), " bytes"));
  }
  if (definition.has_min()) parts.push_back(absl::StrCat("from ", definition.min()));
  if (definition.has_max()) parts.push_back(absl::StrCat("to ", definition.max()));
  if (!definition.lookup().empty())
    parts.push_back(absl::StrCat("refers to ", definition.lookup()));
  std::vector<std::string> codes;
  for (const auto& choice : definition.choices()) {
    codes.push_back(absl::StrCat(choice.code(), choice.retired() ? " (retired)" : ""));
  }
  if (!codes.empty()) parts.push_back(absl::StrJoin(codes, " | "));
  const std::string rule = DescribeRule(definition);
  if (!rule.empty()) parts.push_back(rule);
  if (definition.retired()) parts.push_back("RETIRED");
  return absl::StrJoin(parts, ", ");
}

}  // namespace

Table CatalogTable(const std::vector<pb::FieldCatalog>& catalogs) {
  Table table({{"Type"}, {"Field"}, {"Label"}, {"Kind"}, {"Version", Align::kRight}, {"Rules"}});
  for (const pb::FieldCatalog& catalog : catalogs) {
    for (const auto& definition : catalog.fields()) {
      table.Add({catalog.record_type(), domain::CustomPath(definition.name()), definition.label(),
                 NameOf(definition.kind()), absl::StrCat(definition.version()),
                 DescribeLimits(definition)});
    }
  }
  return table;
}

}  // namespace daybook::cli
