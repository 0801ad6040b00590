#pragma once

// Words the generated organisation is made of. Invented companies, common names, no real person.

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace daybook::cli {

struct DemoProduct {
  absl::string_view name;
  absl::string_view line;
  int64_t price;  // whole units of the currency
};

absl::Span<const absl::string_view> GivenNames();
absl::Span<const absl::string_view> FamilyNames();
absl::Span<const absl::string_view> CompanyStems();
absl::Span<const absl::string_view> CompanyForms();
absl::Span<const absl::string_view> BranchNames();
absl::Span<const absl::string_view> Industries();
absl::Span<const absl::string_view> Countries();
absl::Span<const absl::string_view> JobTitles();
absl::Span<const absl::string_view> Competitors();
absl::Span<const absl::string_view> RegionNames();
absl::Span<const DemoProduct> DemoProducts();

}  // namespace daybook::cli
