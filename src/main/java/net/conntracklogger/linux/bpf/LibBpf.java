// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.linux.bpf;

import com.sun.jna.Callback;
import com.sun.jna.Native;
import com.sun.jna.Pointer;

/**
 * Calls of {@code libbpf.so.1}, direct-mapped. Since version 1.0 a failed call returns NULL and sets errno if the call returns
 * a pointer, otherwise {@code -errno}.
 */
public final class LibBpf {
    static {
        Native.register(LibBpf.class, "libbpf.so.1");
    }

    private LibBpf() {}

    /** {@code libbpf_print_fn_t libbpf_set_print(libbpf_print_fn_t fn);} NULL silences it. */
    public static native Pointer libbpf_set_print(Pointer fn);

    /** {@code struct bpf_object *bpf_object__open_file(const char *path, const struct bpf_object_open_opts *opts);} */
    public static native Pointer bpf_object__open_file(String path, Pointer opts);

    /** {@code int libbpf_probe_bpf_prog_type(enum bpf_prog_type prog_type, const void *opts);} Returns 1 if it can be loaded. */
    public static native int libbpf_probe_bpf_prog_type(int type, Pointer opts);

    /** {@code int bpf_object__load(struct bpf_object *obj);} */
    public static native int bpf_object__load(Pointer obj);

    /** {@code void bpf_object__close(struct bpf_object *obj);} */
    public static native void bpf_object__close(Pointer obj);

    /** {@code struct bpf_program *bpf_object__next_program(const struct bpf_object *obj, struct bpf_program *prev);} */
    public static native Pointer bpf_object__next_program(Pointer obj, Pointer prev);

    /** {@code const char *bpf_program__name(const struct bpf_program *prog);} */
    public static native String bpf_program__name(Pointer prog);

    /** {@code const char *bpf_program__section_name(const struct bpf_program *prog);} */
    public static native String bpf_program__section_name(Pointer prog);

    /** {@code int bpf_program__set_autoload(struct bpf_program *prog, bool autoload);} */
    public static native int bpf_program__set_autoload(Pointer prog, boolean autoload);

    /** {@code int bpf_program__set_log_buf(struct bpf_program *prog, char *log_buf, size_t log_size);} */
    public static native int bpf_program__set_log_buf(Pointer prog, Pointer logBuf, long logSize);

    /** {@code struct bpf_link *bpf_program__attach(const struct bpf_program *prog);} To what its section names. */
    public static native Pointer bpf_program__attach(Pointer prog);

    /** {@code struct bpf_link *bpf_program__attach_cgroup(const struct bpf_program *prog, int cgroup_fd);} */
    public static native Pointer bpf_program__attach_cgroup(Pointer prog, int cgroupFd);

    /**
     * {@code struct bpf_link *bpf_program__attach_iter(const struct bpf_program *prog, const struct bpf_iter_attach_opts
     * *opts);}
     */
    public static native Pointer bpf_program__attach_iter(Pointer prog, Pointer opts);

    /** {@code int bpf_link__fd(const struct bpf_link *link);} */
    public static native int bpf_link__fd(Pointer link);

    /** {@code int bpf_link_update(int link_fd, int new_prog_fd, const struct bpf_link_update_opts *opts);} */
    public static native int bpf_link_update(int linkFd, int newProgFd, Pointer opts);

    /** {@code int bpf_map__reuse_fd(struct bpf_map *map, int fd);} */
    public static native int bpf_map__reuse_fd(Pointer map, int fd);

    /** {@code int bpf_link__destroy(struct bpf_link *link);} */
    public static native int bpf_link__destroy(Pointer link);

    /** {@code int bpf_iter_create(int link_fd);} */
    public static native int bpf_iter_create(int linkFd);

    /** {@code struct bpf_map *bpf_object__find_map_by_name(const struct bpf_object *obj, const char *name);} */
    public static native Pointer bpf_object__find_map_by_name(Pointer obj, String name);

    /** {@code int bpf_map__set_max_entries(struct bpf_map *map, __u32 max_entries);} */
    public static native int bpf_map__set_max_entries(Pointer map, int maxEntries);

    /** {@code int bpf_map__set_initial_value(struct bpf_map *map, const void *data, size_t size);} */
    public static native int bpf_map__set_initial_value(Pointer map, Pointer data, long size);

    /** {@code enum bpf_map_type bpf_map__type(const struct bpf_map *map);} */
    public static native int bpf_map__type(Pointer map);

    /** {@code __u32 bpf_map__map_flags(const struct bpf_map *map);} */
    public static native int bpf_map__map_flags(Pointer map);

    /** {@code __u32 bpf_map__key_size(const struct bpf_map *map);} */
    public static native int bpf_map__key_size(Pointer map);

    /** {@code __u32 bpf_map__value_size(const struct bpf_map *map);} */
    public static native int bpf_map__value_size(Pointer map);

    /** {@code int bpf_map__fd(const struct bpf_map *map);} */
    public static native int bpf_map__fd(Pointer map);

    /** {@code int bpf_program__fd(const struct bpf_program *prog);} */
    public static native int bpf_program__fd(Pointer prog);

    /** {@code int bpf_prog_test_run_opts(int prog_fd, struct bpf_test_run_opts *opts);} */
    public static native int bpf_prog_test_run_opts(int progFd, Pointer opts);

    /** {@code int libbpf_num_possible_cpus(void);} */
    public static native int libbpf_num_possible_cpus();

    /** {@code int bpf_map_lookup_elem(int fd, const void *key, void *value);} */
    public static native int bpf_map_lookup_elem(int fd, Pointer key, Pointer value);

    /** {@code typedef int (*ring_buffer_sample_fn)(void *ctx, void *data, size_t size);} A negative result ends the call. */
    @FunctionalInterface
    public interface RingRow extends Callback {
        int take(Pointer context, Pointer data, long size);
    }

    /**
     * {@code struct ring_buffer *ring_buffer__new(int map_fd, ring_buffer_sample_fn sample_cb, void *ctx, const struct
     * ring_buffer_opts *opts);}
     */
    public static native Pointer ring_buffer__new(int mapFd, RingRow row, Pointer ctx, Pointer opts);

    /** {@code int ring_buffer__consume(struct ring_buffer *rb);} */
    public static native int ring_buffer__consume(Pointer rb);

    /** {@code void ring_buffer__free(struct ring_buffer *rb);} */
    public static native void ring_buffer__free(Pointer rb);
}
