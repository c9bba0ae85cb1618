// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.command;

import dev.howdah.postgres.PostgresException;
import java.nio.file.Path;

/// The control file doesn't match its own checksum: no server starts on this data directory, and
/// nothing that the file says can be believed.
public final class DamagedControlFileException extends PostgresException {
  private static final long serialVersionUID = 1;

  DamagedControlFileException(Path dataDirectory) {
    super(
        "the control file of %s is damaged: its checksum is wrong; clone the instance anew, or restore a backup"
            .formatted(dataDirectory));
  }
}
