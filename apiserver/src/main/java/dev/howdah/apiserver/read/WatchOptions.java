// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.read;

import dev.howdah.apiserver.failure.ApiException;
import dev.howdah.apiserver.http.Exchange;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/// From where, how long and with what extras to watch.
public record WatchOptions(
    long from, boolean list, boolean marksEndOfList, boolean bookmarks, Duration length) {
  private static final int MIN_SECONDS = 30 * 60;

  /// Reads a query.
  static WatchOptions of(Exchange exchange) {
    var version = exchange.query("resourceVersion");
    var initial = exchange.query("sendInitialEvents");
    var match = exchange.query("resourceVersionMatch");
    var from = Revisions.parse(version);
    if (!initial.isEmpty() && !match.equals("NotOlderThan")) {
      throw Revisions.matchForbidden(
          "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan");
    }
    if (initial.isEmpty() && !match.isEmpty()) {
      throw Revisions.matchForbidden(
          "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided");
    }
    var list = initial.isEmpty() ? from == 0 : initial.equals("true");
    return new WatchOptions(
        from,
        list,
        initial.equals("true"),
        exchange.query("allowWatchBookmarks").equals("true"),
        length(exchange.query("timeoutSeconds")));
  }

  private static Duration length(String seconds) {
    try {
      var given = seconds.isEmpty() ? 0 : Long.parseLong(seconds);
      return Duration.ofSeconds(
          given > 0 ? given : MIN_SECONDS + ThreadLocalRandom.current().nextInt(MIN_SECONDS));
    } catch (NumberFormatException _) {
      throw ApiException.badRequest("timeoutSeconds must be a number, not \"" + seconds + "\"");
    }
  }
}
