// The border between C++ exceptions and the server's errors. Inside guarded() C++ may throw and no backend call that
// can raise is made; outside it only plain data is on the stack, so that ereport() may jump.
#pragma once

#include <cstring>
#include <exception>
#include <new>
#include <stdexcept>

#include "core/base/stop.hpp"
#include "core/base/too_large.hpp"
#include "pg/base/postgres.hpp"

namespace cltv::pg {

struct Failure {
    int sqlstate;  // 0: stopped on request
    char message[256];
};

inline void describe(Failure &failure, int sqlstate, const char *message) noexcept {
    failure.sqlstate = sqlstate;
    std::strncpy(failure.message, message, sizeof failure.message - 1);
    failure.message[sizeof failure.message - 1] = '\0';
}

// Runs body and returns whether it succeeded; whatever it throws becomes plain data.
template <class Body>
bool capture(Failure &failure, Body &&body) noexcept {
    try {
        body();
        return true;
    } catch (const Stopped &) {
        describe(failure, 0, "");
    } catch (const std::bad_alloc &) {
        describe(failure, ERRCODE_OUT_OF_MEMORY, "out of memory");
    } catch (const TooLarge &error) {
        describe(failure, ERRCODE_PROGRAM_LIMIT_EXCEEDED, error.what());
    } catch (const std::length_error &) {
        describe(failure, ERRCODE_PROGRAM_LIMIT_EXCEEDED, "too many customers for one fit");
    } catch (const std::domain_error &error) {
        describe(failure, ERRCODE_INVALID_PARAMETER_VALUE, error.what());
    } catch (const std::overflow_error &error) {
        describe(failure, ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE, error.what());
    } catch (const std::exception &) {
        // Never a library's own text: that would speak of template instances, not of the user's data.
        describe(failure, ERRCODE_INTERNAL_ERROR, "the computation failed");
    } catch (...) {
        describe(failure, ERRCODE_INTERNAL_ERROR, "the computation failed");
    }
    return false;
}

// Set while a body runs again after an interrupt that did not end the statement.
inline bool heeds_cancel_only = false;

// What a long loop of the core library polls: the server wants attention.
inline bool interrupt_pending() {
    return heeds_cancel_only ? QueryCancelPending || ProcDiePending : static_cast<bool>(InterruptPending);
}

// Runs body, and raises its failure as a server error. If a stop request turns out to be no cancel (a barrier, a check
// of the client's connection), body starts over, so it must not depend on what an earlier run left. Such requests may
// come more often than a long body ends (client_connection_check_interval), so the second run heeds only a cancel.
template <class Body>
void guarded(Body &&body) {
    Failure failure;
    heeds_cancel_only = false;
    while (!capture(failure, body)) {
        if (failure.sqlstate != 0)
            ereport(ERROR, (errcode(failure.sqlstate), errmsg("%s", failure.message)));
        CHECK_FOR_INTERRUPTS();
        heeds_cancel_only = true;
    }
}

}  // namespace cltv::pg
