#include "daybook/sales/v1/sales_board_service.grpc.pb.h"
