// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.names;

/// What the jobs of a cluster do: values of [Labels#JOB_ROLE] and the end of their names.
public final class JobRoles {
  public static final String INITDB = "initdb";
  public static final String IMPORT = "import";
  public static final String PG_BASEBACKUP = "pgbasebackup";
  public static final String FULL_RECOVERY = "full-recovery";
  public static final String SNAPSHOT_RECOVERY = "snapshot-recovery";
  public static final String JOIN = "join";
  public static final String MAJOR_UPGRADE = "major-upgrade";

  private JobRoles() {}
}
