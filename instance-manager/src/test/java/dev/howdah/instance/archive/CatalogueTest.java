// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.archive;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.core.retention.Retention;
import dev.howdah.kube.Json;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class CatalogueTest {
  private static final Instant NOW = Instant.parse("2026-11-22T00:00:00Z");
  private static final String WAL = "00000001000000000000000";

  private static ObjectNode backup(String name, String cluster, String method, String status) {
    try {
      return Json.parse(
          "{\"metadata\": {\"name\": \"%s\"}, \"spec\": {\"cluster\": {\"name\": \"%s\"}, \"method\": \"%s\"}, \"status\": {%s}}"
              .formatted(name, cluster, method, status));
    } catch (IOException e) {
      throw new IllegalArgumentException(e);
    }
  }

  @Test
  void knowsTheSnapshotsOfItsClusterThatNeedWal() {
    String done =
        "\"phase\": \"completed\", \"stoppedAt\": \"2026-11-20T00:00:00Z\", \"beginWal\": \"%s\"";
    var backups =
        List.of(
            backup("one", "a", "volumeSnapshot", done.formatted(WAL + "1")),
            backup("others", "b", "volumeSnapshot", done.formatted(WAL + "2")),
            backup("stored", "a", "barmanObjectStore", done.formatted(WAL + "3")),
            backup(
                "broken",
                "a",
                "volumeSnapshot",
                "\"phase\": \"failed\", \"beginWal\": \"%s4\"".formatted(WAL)),
            backup("early", "a", "volumeSnapshot", "\"phase\": \"running\""),
            backup(
                "now",
                "a",
                "volumeSnapshot",
                "\"phase\": \"running\", \"beginWal\": \"%s5\"".formatted(WAL)));

    assertThat(Catalogue.snapshots(backups, "a", NOW))
        .containsExactly(
            new Retention.Snapshot("one", Instant.parse("2026-11-20T00:00:00Z"), WAL + "1"),
            new Retention.Snapshot("now", NOW, WAL + "5"));
  }
}
