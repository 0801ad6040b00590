#pragma once

// The leads that became a record: conversion links and moves nothing, so what happened to them is
// read through the link (F-080).

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "services/rpc.h"

namespace daybook::services {

// Of the leads behind one record so many are looked at.
inline constexpr size_t kLeadsBehindMax = 100;

// Ids of the leads converted into this account, contact or deal; none for other records.
absl::StatusOr<std::vector<std::string>> LeadsBehind(const Query& query,
                                                     absl::string_view aggregate,
                                                     absl::string_view id);

}  // namespace daybook::services
