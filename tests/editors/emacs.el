;;; emacs.el --- Drives an Emacs that has the configuration of editors/emacs  -*- lexical-binding: t -*-

;; usage: emacs -Q --batch -l backend-architect.el -l emacs.el PLAN.json; writes what happened to the file
;; that the plan names.

(require 'json)
(require 'seq)

(setq make-backup-files nil auto-save-default nil create-lockfiles nil load-prefer-newer nil
      eglot-sync-connect 15 eglot-confirm-server-edits nil eglot-autoshutdown nil)
(electric-indent-mode -1)

(defvar plan (with-temp-buffer
               (insert-file-contents (car command-line-args-left))
               (json-parse-buffer :object-type 'alist :null-object nil)))
(setq command-line-args-left nil)
(defvar results nil)

(defun of (key subject) (alist-get key subject))

(defun await (what probe)
  "Wait until PROBE gives something; WHAT is said if it does not."
  (let ((end (+ (float-time) 10)) value)
    (while (and (not (setq value (funcall probe))) (< (float-time) end))
      (accept-process-output nil 0.02)
      (sit-for 0.01))
    (or value (error "Timed out: %s" what))))

(defun expect (holds what) (unless holds (error "Does not hold: %s" what)))

(defun visit (name)
  "Open a file of the workspace, which starts the server."
  (find-file (expand-file-name name (of 'workspace plan)))
  (electric-indent-local-mode -1)
  ;; What `eglot-ensure' puts off until the editor is idle, which it never is here.
  (run-hooks 'post-command-hook)
  (await "the server manages the buffer" #'eglot-managed-p))

(defun type (text)
  "Press the keys of TEXT."
  (switch-to-buffer (current-buffer))
  (execute-kbd-macro (vconcat (string-replace "\n" "\r" text)))
  ;; The timer for it does not run without a person.
  (eglot--signal-textDocument/didChange))

(defun codes ()
  "The rules that are found in the buffer, as Flymake has them."
  (flymake-start)
  (mapcar (lambda (one) (of-code (flymake-diagnostic-text one)))
          (sort (flymake-diagnostics)
                (lambda (one other) (< (flymake-diagnostic-beg one) (flymake-diagnostic-beg other))))))

(defun of-code (text)
  "The rule in the TEXT that Eglot makes of a diagnostic."
  (if (string-match "\\[?backend-architect[^a-z]*\\([a-z0-9-]+\\)" text) (match-string 1 text) text))

(defun finds (what expected)
  (await (format "%s: %S, not %S" what expected (codes)) (lambda () (equal (codes) expected))))

(defun action (pattern)
  "The action for the place at point whose title matches PATTERN."
  (let ((actions (eglot-code-actions (point) (point) nil)))
    (or (seq-find (lambda (one) (string-match-p pattern (plist-get one :title))) actions)
        (error "%s is none of %S" pattern (mapcar (lambda (one) (plist-get one :title)) actions)))))

(defun execute (action) (eglot-execute (eglot-current-server) action))

(defun text () (buffer-substring-no-properties (point-min) (point-max)))

(defun type-and-repair (case)
  (visit (of 'file case))
  (type (of 'typed case))
  (finds "while typing" (list (of 'rule case)))
  (expect (buffer-modified-p) "it was not saved")
  (let ((found (car (flymake-diagnostics))))
    (goto-char (flymake-diagnostic-beg found))
    (expect (not (string-empty-p (string-trim (buffer-substring (point) (flymake-diagnostic-end found)))))
            "something is underlined"))
  (let* ((hover (jsonrpc-request (eglot-current-server) :textDocument/hover
                                 (eglot--TextDocumentPositionParams)))
         (card (plist-get (plist-get hover :contents) :value)))
    (seq-doseq (part (of 'hover case))
      (expect (string-search part (string-join (split-string (replace-regexp-in-string "[`*_\\]" "" card)) " "))
              (format "the hover has %S: %s" part card))))
  (execute (action (of 'fix case)))
  (eglot--signal-textDocument/didChange)
  (finds "after the repair" nil)
  (save-buffer)
  (finds "after saving" nil))

(defun check-halfTyped (check)
  (visit (of 'file check))
  (type (of 'text check))
  (finds "half typed" (append (of 'codes check) nil))
  (type (of 'rest check))
  (finds "typed" (append (of 'codes check) nil))
  (save-buffer)
  (finds "saved" (append (of 'codes check) nil)))

(defun check-fixall (check)
  (visit (of 'file check))
  (finds "before" (append (of 'codes check) nil))
  (backend-architect-fix-all)
  (expect (equal (text) (of 'expected check)) (text)))

(defun check-snippet (check)
  "What is chosen is inserted as text, because plain Emacs has no snippets."
  (visit (of 'file check))
  (type (concat (of 'before check) (of 'word check)))
  (let* ((capf (eglot-completion-at-point))
         (labels (all-completions "" (nth 2 capf)))
         (chosen (or (seq-find (lambda (one) (string-prefix-p (of 'label check) one)) labels)
                     (error "%s is none of %S" (of 'label check) labels))))
    (delete-region (nth 0 capf) (nth 1 capf))
    (insert chosen)
    (funcall (plist-get (nthcdr 3 capf) :exit-function) chosen 'finished))
  (save-buffer))

(defun check-addIndex (check)
  "Emacs does not let servers create files: their text is shown."
  (visit (concat (of 'folder check) "/" (of 'file check)))
  (await "the finding" #'codes)
  (goto-char (flymake-diagnostic-beg (car (flymake-diagnostics))))
  (execute (action (regexp-quote (of 'title check))))
  (await "the new file is shown"
         (lambda () (seq-find (lambda (buffer)
                                (with-current-buffer buffer
                                  (and (buffer-file-name) (string-search "op.create_index" (text)))))
                              (buffer-list))))
  (await "the person is told"
         (lambda () (with-current-buffer "*Messages*" (string-search "save what is open now as" (text)))))
  (save-some-buffers t))

(defun check-diagram (check)
  (visit (of 'file check))
  (await "the diagram"
         (lambda ()
           (backend-architect-diagram)
           (accept-process-output nil 0.2)
           (seq-find (lambda (buffer) (with-current-buffer buffer (string-prefix-p "erDiagram" (text))))
                     (buffer-list)))))

(defun attempt (name work subject)
  (let* ((began (float-time))
         (failure (condition-case problem (progn (funcall work subject) nil)
                    (error (error-message-string problem)))))
    (push (cons name `((error . ,(or failure :null)))) results)
    (princ (format "%s: %.0f ms %s\n" name (* 1000 (- (float-time) began)) (or failure "")))))

(princ (format "%s\n" (car (split-string (emacs-version) "\n"))))
(seq-doseq (case (of 'cases plan)) (attempt (intern (of 'name case)) #'type-and-repair case))
(seq-doseq (check (of 'checks plan))
  (attempt (intern (of 'name check)) (intern (concat "check-" (of 'name check))) check))
(eglot-shutdown-all)
(with-temp-file (of 'results plan) (insert (json-serialize results)))
(kill-emacs 0)
;;; emacs.el ends here
