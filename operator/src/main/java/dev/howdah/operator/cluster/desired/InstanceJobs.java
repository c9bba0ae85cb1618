// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster.desired;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.api.cluster.Bootstrap;
import dev.howdah.api.meta.KeyReference;
import dev.howdah.api.names.JobRoles;
import dev.howdah.api.names.Labels;
import dev.howdah.api.names.ObjectNames;
import dev.howdah.api.names.SecretKeys;
import dev.howdah.kube.Resource;
import dev.howdah.operator.tree.Tree;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// The jobs that fill an instance's volumes.
public final class InstanceJobs {
  private static final String WAL = "/var/lib/postgresql/wal/pg_wal";

  /// On a job that puts back what a Restore has moved, and does nothing else.
  public static final String GIVES_UP = "howdah.dev/givesUp";

  private InstanceJobs() {}

  /// What the first instance begins with.
  public static String bootstrapRole(Blueprint blueprint) {
    Bootstrap bootstrap = blueprint.spec().bootstrap();
    if (bootstrap == null) {
      return JobRoles.INITDB;
    }
    if (bootstrap.recovery() != null) {
      return bootstrap.recovery().volumeSnapshots() == null
          ? JobRoles.FULL_RECOVERY
          : JobRoles.SNAPSHOT_RECOVERY;
    }
    if (bootstrap.pgBasebackup() != null) {
      return JobRoles.PG_BASEBACKUP;
    }
    return bootstrap.initdb() != null && bootstrap.initdb().importFrom() != null
        ? JobRoles.IMPORT
        : JobRoles.INITDB;
  }

  /// The job of an instance in a role.
  public static ObjectNode desired(Blueprint blueprint, int serial, String role) {
    String instance = ObjectNames.instance(blueprint.name(), serial);
    ArrayNode command = Tree.list(PodParts.MANAGER, "instance");
    switch (role) {
      case JobRoles.INITDB, JobRoles.IMPORT -> initdb(blueprint, command);
      case JobRoles.PG_BASEBACKUP -> {
        command.add("pgbasebackup");
        application(blueprint, command);
      }
      case JobRoles.FULL_RECOVERY -> {
        command.add("restore");
        application(blueprint, command);
      }
      case JobRoles.SNAPSHOT_RECOVERY -> {
        command.add("restoresnapshot");
        application(blueprint, command);
      }
      case JobRoles.JOIN ->
          command
              .add("join")
              .add("--parent-node")
              .add(ObjectNames.readWriteService(blueprint.name()));
      default -> throw new IllegalArgumentException("no job of role " + role);
    }
    return job(blueprint, instance, role, command, template -> withSql(blueprint, role, template));
  }

  /// The job that makes the data of a Cluster whose volumes are lost from its own archive.
  public static ObjectNode fromOwnArchive(Blueprint blueprint, int serial) {
    String instance = ObjectNames.instance(blueprint.name(), serial);
    ArrayNode command = Tree.list(PodParts.MANAGER, "instance", "restore", "--own-archive");
    return job(blueprint, instance, JobRoles.FULL_RECOVERY, command, template -> template);
  }

  /// The job that takes the data of an instance back in place, as a Restore says.
  ///
  /// @param giveUp why the data of before is to be put back instead; empty: it isn't
  public static ObjectNode inPlace(Blueprint blueprint, int serial, String restore, String giveUp) {
    String instance = ObjectNames.instance(blueprint.name(), serial);
    ArrayNode command = Tree.list(PodParts.MANAGER, "instance", "restore", "--in-place", restore);
    if (!giveUp.isEmpty()) {
      command.add("--give-up").add(giveUp);
    }
    ObjectNode job =
        job(blueprint, instance, JobRoles.FULL_RECOVERY, command, template -> template);
    if (!giveUp.isEmpty()) {
      job.withObject("/metadata").withObject("/annotations").put(GIVES_UP, "true");
    }
    return job;
  }

  private static ObjectNode job(
      Blueprint blueprint,
      String instance,
      String role,
      ArrayNode command,
      UnaryOperator<ObjectNode> finish) {
    String name = ObjectNames.job(instance, role);
    Map<String, String> labels = blueprint.appLabels();
    labels.put(Labels.INSTANCE_NAME, instance);
    labels.put(Labels.JOB_ROLE, role);
    ObjectNode podSpec = PodParts.spec(blueprint, instance);
    ObjectNode container = PodParts.container(blueprint, role, name, instance, command);
    podSpec.withArray("/containers").add(container);
    podSpec.put("restartPolicy", "Never");
    ObjectNode job = blueprint.object(Resource.JOBS, name, labels, blueprint.annotations());
    var annotations = new TreeMap<>(blueprint.annotations());
    annotations.putAll(PodParts.passedOn(blueprint));
    job.set(
        "spec",
        Tree.map(
            "template",
            Tree.map(
                "metadata",
                Tree.map("labels", labels, "annotations", annotations),
                "spec",
                finish.apply(podSpec))));
    return job;
  }

  private static void initdb(Blueprint blueprint, ArrayNode command) {
    command.add("init");
    Bootstrap bootstrap = blueprint.spec().bootstrap();
    Bootstrap.@Nullable InitDb initdb = bootstrap == null ? null : bootstrap.initdb();
    command.add("--initdb-flags").add(Shell.join(InitDbFlags.of(blueprint, initdb)));
    if (initdb != null) {
      statements(command, "--post-init-sql", initdb.postInitSql());
      statements(command, "--post-init-application-sql", initdb.postInitApplicationSql());
      statements(command, "--post-init-template-sql", initdb.postInitTemplateSql());
    }
    application(blueprint, command);
    if (blueprint.spec().walStorage() != null) {
      command.add("--pg-wal").add(WAL);
    }
    for (SqlFiles files : sqlFiles(initdb)) {
      command.add("--" + files.kind + "-refs-folder").add(files.folder());
    }
  }

  private static void application(Blueprint blueprint, ArrayNode command) {
    SecretNames.application(blueprint)
        .ifPresent(app ->
            command.add("--app-db-name").add(app.database()).add("--app-user").add(app.owner()));
  }

  private static void statements(ArrayNode command, String option, List<String> sql) {
    if (!sql.isEmpty()) {
      command.add(option).add(Shell.join(sql));
    }
  }

  /// Files of SQL of one kind, in the order in which they run.
  private record SqlFiles(String kind, Bootstrap.SqlReferences references) {
    String folder() {
      return "/etc/" + kind;
    }

    List<KeyReference> all() {
      var all = new ArrayList<>(references.secretRefs());
      all.addAll(references.configMapRefs());
      return all;
    }
  }

  private static List<SqlFiles> sqlFiles(Bootstrap.@Nullable InitDb initdb) {
    if (initdb == null || initdb.importFrom() != null) {
      return List.of();
    }
    var files = new ArrayList<SqlFiles>();
    add(files, "post-init-sql", initdb.postInitSqlRefs());
    add(files, "post-init-application-sql", initdb.postInitApplicationSqlRefs());
    add(files, "post-init-template-sql", initdb.postInitTemplateSqlRefs());
    return files;
  }

  private static void add(
      List<SqlFiles> files, String kind, Bootstrap.@Nullable SqlReferences references) {
    if (references != null
        && (!references.secretRefs().isEmpty() || !references.configMapRefs().isEmpty())) {
      files.add(new SqlFiles(kind, references));
    }
  }

  /// Mounts the files of SQL, and waits for the application's Secret by reading the user's name
  /// from it.
  private static ObjectNode withSql(Blueprint blueprint, String role, ObjectNode podSpec) {
    if (!role.equals(JobRoles.INITDB) && !role.equals(JobRoles.IMPORT)) {
      return podSpec;
    }
    if (!(podSpec.path("containers").path(0) instanceof ObjectNode container)) {
      return podSpec;
    }
    SecretNames.application(blueprint)
        .ifPresent(app ->
            container
                .withArray("/env")
                .add(
                    Tree.map(
                        "name",
                        "APP_USERNAME",
                        "valueFrom",
                        Tree.map(
                            "secretKeyRef",
                            Tree.map("name", app.secret(), "key", SecretKeys.USERNAME)))));
    Bootstrap bootstrap = blueprint.spec().bootstrap();
    for (SqlFiles files : sqlFiles(bootstrap == null ? null : bootstrap.initdb())) {
      List<KeyReference> all = files.all();
      int digits = Integer.toString(all.size()).length();
      for (int i = 0; i < all.size(); i++) {
        String number = ("%0" + digits + "d").formatted(i);
        boolean secret = i < files.references.secretRefs().size();
        String volume = number + "-" + files.kind;
        podSpec.withArray("/volumes").add(volume(volume, number, all.get(i), secret));
        container
            .withArray("/volumeMounts")
            .add(
                Tree.map(
                    "name",
                    volume,
                    "mountPath",
                    files.folder() + "/" + number + ".sql",
                    "subPath",
                    number + ".sql",
                    "readOnly",
                    true));
      }
    }
    return podSpec;
  }

  private static ObjectNode volume(
      String name, String number, KeyReference reference, boolean secret) {
    ArrayNode items = Tree.list(Tree.map("key", reference.key(), "path", number + ".sql"));
    return secret
        ? Tree.map("name", name, "secret", Tree.map("secretName", reference.name(), "items", items))
        : Tree.map("name", name, "configMap", Tree.map("name", reference.name(), "items", items));
  }
}
