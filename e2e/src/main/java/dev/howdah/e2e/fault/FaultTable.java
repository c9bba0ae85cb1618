// SPDX-License-Identifier: Apache-2.0
package dev.howdah.e2e.fault;

import dev.howdah.e2e.fault.FaultRow.Action;
import dev.howdah.e2e.fault.FaultRow.Need;
import dev.howdah.e2e.fault.FaultRow.Outage;
import java.util.ArrayList;
import java.util.List;

/// The rows that can be done to processes, files, objects and the network of the embedded mode. The
/// cluster has three instances, required durability, one acknowledgement and a lease of 6 s.
public final class FaultTable {
  private final List<FaultRow> rows = new ArrayList<>();

  private FaultTable() {}

  public static List<FaultRow> rows() {
    var table = new FaultTable();
    ServerRows.add(table);
    ManagerRows.add(table);
    StandbyRows.add(table);
    NetworkRows.add(table);
    ControlPlaneRows.add(table);
    ChangeRows.add(table);
    DoubleRows.add(table);
    VolumeRows.add(table);
    StorageRows.add(table);
    return List.copyOf(table.rows);
  }

  /// Whether a copy of the data is lost by it. Two of those at once may take all copies of what a
  /// commit waited for.
  static boolean destroys(FaultRow row) {
    var table = new FaultTable();
    VolumeRows.add(table);
    StorageRows.add(table);
    return row.id().equals("F99") || table.rows.stream().anyMatch(r -> r.id().equals(row.id()));
  }

  void row(String id, String name, Outage outage, Action action) {
    row(id, name, outage, Need.NOTHING, action);
  }

  /// @param need what the machine must have for it
  void row(String id, String name, Outage outage, Need need, Action action) {
    rows.add(new FaultRow(id, name, outage, need, action));
  }
}
