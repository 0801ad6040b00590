#pragma once

// Walks over the graph of who knows whom, at the position of the query: neighbours, shortest paths,
// former colleagues. Every walk is bounded; an answer that reached a bound says so. Ends of a kind
// that the caller may not read are not walked to and not counted.

#include "absl/status/status.h"
#include "daybook/party/v1/relation_service.pb.h"
#include "services/rpc.h"

namespace daybook::services {

inline constexpr int kNeighbourDepthMax = 3;
inline constexpr int kPathLengthMax = 6;
inline constexpr int kPathLengthDefault = 4;
inline constexpr size_t kGraphNodesMax = 1000;      // in an answer of neighbours
inline constexpr size_t kGraphWalkMax = 5000;       // looked at for paths
inline constexpr size_t kRelationsOfNodeMax = 200;  // of each node
inline constexpr size_t kPathsMax = 100;
inline constexpr size_t kColleaguesMax = 1000;

absl::Status ReadNeighbours(const Query& query, const party::v1::ListNeighboursRequest& request,
                            party::v1::ListNeighboursResponse* response);

absl::Status ReadPaths(const Query& query, const party::v1::FindPathsRequest& request,
                       party::v1::FindPathsResponse* response);

absl::Status ReadFormerColleagues(const Query& query,
                                  const party::v1::ListFormerColleaguesRequest& request,
                                  party::v1::ListFormerColleaguesResponse* response);

}  // namespace daybook::services
