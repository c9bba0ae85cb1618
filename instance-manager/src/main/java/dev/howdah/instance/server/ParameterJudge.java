// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.server;

import dev.howdah.postgres.PostgresException;
import dev.howdah.postgres.command.ConfigurationTrial;
import dev.howdah.postgres.config.ClusterSettings;
import dev.howdah.postgres.config.ServerFacts;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What the installed PostgreSQL says of the user's parameters, asked once for each set of them. A
/// server whose files hold one that it doesn't take doesn't start: not now, or not after the next
/// crash.
public final class ParameterJudge {
  private static final Logger LOG = LoggerFactory.getLogger(ParameterJudge.class);

  private final ServerContext context;
  private Map<String, String> asked = Map.of();
  private @Nullable Map<String, String> refused = Map.of();

  public ParameterJudge(ServerContext context) {
    this.context = context;
  }

  /// Those that it doesn't take, with its words; null where it could not be asked: it is asked
  /// again at the next call.
  ///
  /// @throws InterruptedIOException if the thread was interrupted
  public synchronized @Nullable Map<String, String> refused(
      ClusterSettings cluster, ServerFacts facts) throws IOException {
    var parameters = cluster.postgres().parameters();
    if (refused != null && parameters.equals(asked)) {
      return refused;
    }
    asked = Map.copyOf(parameters);
    refused = asked.isEmpty() ? Map.of() : ask(cluster, facts);
    return refused;
  }

  private @Nullable Map<String, String> ask(ClusterSettings cluster, ServerFacts facts)
      throws IOException {
    Path data = context.data().path();
    Path main = data.resolve("postgresql.conf");
    try {
      String text = Files.exists(main) ? Files.readString(main, StandardCharsets.ISO_8859_1) : "";
      Path scratch = Files.createDirectories(context.paths().scratch());
      return new ConfigurationTrial(context.programs(), scratch)
          .refused(cluster, facts, text, data);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("cancelled");
    } catch (IOException | PostgresException e) {
      LOG.atWarn()
          .addKeyValue("error", e.getMessage())
          .log("PostgreSQL could not be asked about the parameters");
      return null;
    }
  }
}
