// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.metrics;

import dev.howdah.core.metrics.Metrics;
import dev.howdah.core.metrics.Sample;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What the instance manager's own process and its volumes take.
final class MachineFigures {
  /// The folder's name among the volumes that holds PostgreSQL's WAL, whatever volume that is.
  static final String WAL_FOLDER = "pg_wal";

  private static final Logger LOG = LoggerFactory.getLogger(MachineFigures.class);
  private static final double PAGE = 4096;

  private MachineFigures() {}

  static void volumes(Metrics metrics, Map<String, Path> volumes) {
    volumes.forEach((name, folder) -> {
      try {
        FileStore store = Files.getFileStore(folder);
        if (name.equals(WAL_FOLDER)) {
          metrics.add(CollectorMetrics.PG_WAL, store.getTotalSpace(), "volume_size");
        } else {
          metrics
              .add(CollectorMetrics.VOLUME_SIZE, store.getTotalSpace(), name)
              .add(CollectorMetrics.VOLUME_FREE, store.getUsableSpace(), name);
        }
      } catch (IOException e) {
        LOG.atDebug().addKeyValue("folder", folder).setCause(e).log("volume not measured");
      }
    });
  }

  /// How many segments the WAL's volume has room for, once PostgreSQL has said how large one is.
  static void segments(Metrics metrics) {
    double segment = wal(metrics, "size") / wal(metrics, "count");
    metrics.add(
        CollectorMetrics.PG_WAL, Math.floor(wal(metrics, "volume_size") / segment), "volume_max");
  }

  private static double wal(Metrics metrics, String value) {
    return metrics.of(CollectorMetrics.PG_WAL.name()).stream()
        .filter(sample -> sample.labels().getLast().equals(value))
        .mapToDouble(Sample::value)
        .findFirst()
        .orElse(Double.NaN);
  }

  static void process(Metrics metrics) {
    ProcessHandle.Info self = ProcessHandle.current().info();
    self.totalCpuDuration()
        .ifPresent(used -> metrics.add(CollectorMetrics.CPU, used.toMillis() / 1000.0));
    self.startInstant()
        .ifPresent(start -> metrics.add(CollectorMetrics.START, start.toEpochMilli() / 1000.0));
    try {
      String[] pages = Files.readString(Path.of("/proc/self/statm")).split(" ", 3);
      metrics.add(CollectorMetrics.MEMORY, PAGE * Long.parseLong(pages[1]));
    } catch (IOException | NumberFormatException e) {
      LOG.atDebug().setCause(e).log("memory not measured");
    }
  }
}
