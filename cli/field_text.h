#pragma once

// Definitions of custom fields in words.

#include <string>
#include <vector>

#include "cli/table.h"
#include "daybook/setup/v1/field_catalog.pb.h"

namespace daybook::cli {

// "sum of value over opportunity.account_id where state = WON"; empty for stored fields.
std::string DescribeRule(const setup::v1::FieldDefinition& definition);

// One line for each field of each catalog.
Table CatalogTable(const std::vector<setup::v1::FieldCatalog>& catalogs);

}  // namespace daybook::cli
