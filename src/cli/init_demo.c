/* guzheng init-demo: the demonstration consortium into a folder, whole or not at all. */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/demo_consortium.h"
#include "cli/process.h"
#include "host/file.h"

enum { STATUS_FAILED = 1, FOLDER_MODE = 0755, OPEN_FILES = 16 };

static const char usage[] =
    "usage: guzheng init-demo --suite gm|intl --folder F --base-port P\n"
    "  建立演示联盟：一家银行和高级、中级、基层三家法院的密钥、创世文件、策略与配置，均为新生成。\n"
    "  --suite      gm: SM2 与 SM3；intl: Ed25519 与 SHA-256\n"
    "  --folder     写入的目录；其中已有演示联盟的，不作改动\n"
    "  --base-port  银行用端口 P，三家法院用 P+1 至 P+3，推送接口用 P+4，均只在 127.0.0.1 (1024 to 65531)\n"
    "  仅供演示：各方私钥在同一台机器上。正式部署由各方各自用 guzheng keygen 生成密钥。\n"
    "exit status: 0 made, 1 not made (nothing is left behind), 2 usage\n";

struct options {
    const char *folder;
    bool        has_suite;
    enum suite  suite;
    uint64_t    base_port; /* 0: not given */
};

static int refuse_usage(void)
{
    fputs(usage, stderr);
    return STATUS_USAGE;
}

static bool take(struct options *o, int c)
{
    if (c == 's') o->has_suite = suite_decode(bytes_str(optarg), &o->suite) == GZ_OK;
    else if (c == 'f') o->folder = optarg;
    else if (c == 'p')
        return text_to_u64(bytes_str(optarg), DEMO_PORT_MAX, &o->base_port) == GZ_OK &&
               o->base_port >= DEMO_PORT_MIN;
    return (c == 's' && o->has_suite) || (c == 'f' && o->folder[0] != 0);
}

/* PROCESS_GO_ON or the exit status. */
static int parse(int argc, char **argv, struct options *o)
{
    static const struct option longs[] = {{"suite", required_argument, NULL, 's'},
                                          {"folder", required_argument, NULL, 'f'},
                                          {"base-port", required_argument, NULL, 'p'},
                                          {"help", no_argument, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
    for (int c; (c = getopt_long(argc, argv, "", longs, NULL)) != -1;) {
        if (c == 'h') {
            fputs(usage, stdout);
            return STATUS_OK;
        }
        if (!take(o, c)) return refuse_usage();
    }
    const bool whole = o->has_suite && o->folder != NULL && o->base_port != 0;
    return whole && optind == argc ? PROCESS_GO_ON : refuse_usage();
}

/* --- the folder ------------------------------------------------------------------------------- */

/* Made here and filled, then its pieces are moved out. While it is there and no policy is, the
 * pieces beside it are of a run that did not end. */
static const char staging[] = ".init-demo";

static bool is_there(const char *folder, const char *name)
{
    char        path[DEMO_PATH];
    struct stat st;
    return path_join(folder, name, path, sizeof path) == GZ_OK && lstat(path, &st) == 0;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *where)
{
    (void)st, (void)kind, (void)where;
    return remove(path);
}

static void remove_tree(const char *folder, const char *name)
{
    char path[DEMO_PATH];
    if (path_join(folder, name, path, sizeof path) != GZ_OK) return;
    (void)nftw(path, remove_one, OPEN_FILES, FTW_DEPTH | FTW_PHYS);
}

static void undo(const char *folder)
{
    remove_tree(folder, "policy"); /* first, so that an undo that is cut short is seen as one */
    for (size_t i = 0; i < demo_pieces_n; i++) remove_tree(folder, demo_pieces[i]);
    remove_tree(folder, staging);
}

static enum gz_err check_free(const char *folder)
{
    if (is_there(folder, staging) && !is_there(folder, "policy")) {
        fprintf(stderr, "guzheng init-demo: 清除上次未完成的部分 (removing what an unfinished run "
                        "left)\n");
        undo(folder);
    }
    for (size_t i = 0; i < demo_pieces_n; i++) {
        if (!is_there(folder, demo_pieces[i])) continue;
        fprintf(stderr,
                "guzheng init-demo: %s/%s 已存在，未作改动；请换一个目录 (it exists: nothing was "
                "changed)\n",
                folder, demo_pieces[i]);
        return GZ_CONFLICT;
    }
    return GZ_OK;
}

static enum gz_err move_out(const char *folder, const char *from)
{
    char old[DEMO_PATH], new[DEMO_PATH];
    for (size_t i = 0; i < demo_pieces_n; i++) {
        if (i + 1 == demo_pieces_n) TRY(folder_sync(folder)); /* the policy comes last, for good */
        TRY(path_join(from, demo_pieces[i], old, sizeof old));
        TRY(path_join(folder, demo_pieces[i], new, sizeof new));
        TRY(file_rename(old, new));
    }
    TRY(folder_sync(folder));
    (void)rmdir(from); /* empty now, and of no meaning beside a policy */
    return GZ_OK;
}

static enum gz_err make(const struct options *o)
{
    char path[DEMO_PATH];
    TRY(path_join(o->folder, staging, path, sizeof path));
    enum gz_err e = folder_make(path, DEMO_FOLDER_MODE);
    if (e == GZ_OK) e = demo_make(path, o->suite, (unsigned)o->base_port);
    if (e == GZ_OK) e = move_out(o->folder, path);
    if (e == GZ_OK) return GZ_OK;
    undo(o->folder);
    fprintf(stderr, "guzheng init-demo: 没有建成，已清除：%s (not made, nothing is left)\n",
            err_sentence(e));
    return e;
}

/* Held while the descriptor is open. */
static enum gz_err lock(const char *folder, int *out)
{
    DEFER(file_close) int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        fprintf(stderr, "guzheng init-demo: 目录 %s 不可用：%s\n", folder, strerror(errno));
        return GZ_IO;
    }
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        fprintf(stderr, "guzheng init-demo: 另一个 init-demo 正在写 %s (in use)\n", folder);
        return GZ_BUSY;
    }
    *out = fd;
    fd = -1;
    return GZ_OK;
}

static enum gz_err make_locked(const struct options *o)
{
    DEFER(file_close) int fd = -1;
    const enum gz_err     e = folder_make(o->folder, FOLDER_MODE);
    if (e != GZ_OK)
        fprintf(stderr, "guzheng init-demo: 不能建立目录 %s：%s\n", o->folder, err_sentence(e));
    TRY(e);
    TRY(lock(o->folder, &fd));
    TRY(check_free(o->folder));
    return make(o);
}

int command_init_demo(int argc, char **argv)
{
    struct options o = {0};
    const int      status = parse(argc, argv, &o);
    if (status != PROCESS_GO_ON) return status;
    const bool is_new = access(o.folder, F_OK) != 0;
    if (make_locked(&o) != GZ_OK) {
        if (is_new) (void)rmdir(o.folder); /* only if it is empty */
        return STATUS_FAILED;
    }
    printf("演示联盟已建立：%s\n"
           "  策略 (policy)  %s/policy\n"
           "  启动 (start)   guzheng witness --config %s/court-high/config.yaml\n"
           "                 guzheng witness --config %s/court-intermediate/config.yaml\n"
           "                 guzheng witness --config %s/court-basic/config.yaml\n"
           "                 guzheng bank --config %s/bank/config.yaml\n",
           o.folder, o.folder, o.folder, o.folder, o.folder, o.folder);
    return STATUS_OK;
}
