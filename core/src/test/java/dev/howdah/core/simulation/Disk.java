// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.simulation;

import dev.howdah.core.leadership.Durable;
import dev.howdah.core.leadership.PostgresStatus.Data;

/// A volume: what survives a crash. Two machines may have it at the same time, when the storage
/// doesn't prevent that.
final class Disk {
  final String volume;
  int branch;
  int length;
  Data data = Data.STANDBY;
  Durable durable = Durable.NEW;

  /// Who wrote its name onto the volume last: that machine's guard goes by it.
  int owner;

  Disk(String volume) {
    this.volume = volume;
  }
}
