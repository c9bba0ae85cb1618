// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.archive;

import com.fasterxml.jackson.databind.JsonNode;
import dev.howdah.backup.archive.WalFile;
import dev.howdah.core.wal.TimelineHistory;
import dev.howdah.core.wal.WalSegment;
import dev.howdah.instance.cluster.ClusterFields;
import dev.howdah.instance.outside.OutsideServers;
import dev.howdah.instance.outside.Token;
import dev.howdah.instance.server.ArchiveGate;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/// Where a running standby gets WAL from: the Cluster's own archive, or, as the primary of one that
/// follows another, the archive of that one.
final class StandbySource implements RestoreCommand.Source {
  /// Then it tries to stream.
  private static final Duration STANDBY_WAITS = Duration.ofSeconds(5);

  /// There is nothing to try but the archive.
  private static final Duration ALONE_WAITS = Duration.ofMinutes(1);

  private final Supplier<JsonNode> cluster;
  private final Stores stores;
  private final ArchiveGate gate;
  private final LongSupplier segmentBytes;
  private final Runnable turned;
  private volatile String trouble = "";

  /// @param turned hears that the archive can't be read any more, or can again
  StandbySource(
      Supplier<JsonNode> cluster,
      Stores stores,
      ArchiveGate gate,
      LongSupplier segmentBytes,
      Runnable turned) {
    this.cluster = cluster;
    this.stores = stores;
    this.gate = gate;
    this.segmentBytes = segmentBytes;
    this.turned = turned;
  }

  /// What the archive of the cluster that is followed is; empty if there is none.
  Optional<StoreSpec> followed() {
    return StoreSpec.followed(cluster.get(), stores);
  }

  /// Why the archive can't be read; empty if it can.
  String trouble() {
    return trouble;
  }

  @Override
  public boolean allows(WalFile file) {
    return gate.allows(file);
  }

  @Override
  public Optional<TimelineHistory> way() {
    return gate.way();
  }

  @Override
  public Optional<Stores.Opened> store() {
    Optional<StoreSpec> spec =
        gate.isToSource() ? followed() : StoreSpec.own(cluster.get(), stores);
    return spec.map(stores::open);
  }

  @Override
  public long segmentBytes() {
    return segmentBytes.getAsLong();
  }

  @Override
  public Duration patience() {
    return waitsForStore() ? ALONE_WAITS : STANDBY_WAITS;
  }

  @Override
  public boolean endsWithoutFile() {
    return false;
  }

  @Override
  public boolean waitsForStore() {
    return gate.isToSource() && OutsideServers.isByArchiveAlone(cluster.get());
  }

  /// The one that the token of a promotion lies in: the old primary has stopped there.
  @Override
  public boolean mayEndIn(WalFile file) {
    JsonNode now = cluster.get();
    String token = now.path("spec").path("replica").path("promotionToken").asText("");
    if (token.isEmpty() || !gate.isToSource() || ClusterFields.isReplica(now)) {
      return false;
    }
    try {
      Token end = Token.parse(token);
      return WalSegment.containing(end.segmentTimeline(), end.redo(), segmentBytes())
          .name()
          .equals(file.name());
    } catch (IOException e) {
      return false; // whoever promotes says so
    }
  }

  @Override
  public void troubled(String why) {
    boolean turns = trouble.isEmpty() != why.isEmpty();
    trouble = why;
    if (turns) {
      turned.run();
    }
  }
}
